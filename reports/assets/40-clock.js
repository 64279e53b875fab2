/* One clock drives replay, plots, slider and address: a step of the trace, and while playing a part of the next. */

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

class Clock {
  /** `onChange` is called after every change, at most once a frame while playing. */
  constructor(numSteps, dt, onChange) {
    Object.assign(this, { numSteps, dt, onChange, step: 0, fraction: 0, playing: false, speed: 1, frame: 0 });
  }

  get time() {
    return (this.step + this.fraction) * this.dt;
  }

  get last() {
    return this.numSteps - 1;
  }

  seek(step) {
    this.step = Math.max(0, Math.min(this.last, Math.round(step)));
    this.fraction = 0;
    this.onChange(this);
  }

  seekTime(time) {
    this.seek(time / this.dt);
  }

  /** Exactly so many steps on, and stands. */
  stepBy(count) {
    this.pause();
    this.seek(this.step + count);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.last <= 0) return;
    if (this.step >= this.last) this.seek(0);
    this.playing = true;
    let before = performance.now();
    const advance = (now) => {
      if (!this.playing) return;
      this.#advance(((now - before) / 1000) * this.speed);
      before = now;
      this.onChange(this);
      this.frame = requestAnimationFrame(advance);
    };
    this.frame = requestAnimationFrame(advance);
    this.onChange(this);
  }

  pause() {
    this.playing = false;
    this.fraction = 0;
    cancelAnimationFrame(this.frame);
    this.onChange(this);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.onChange(this);
  }

  faster(by) {
    const at = SPEEDS.indexOf(this.speed) + by;
    this.setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))]);
  }

  #advance(time) {
    const position = Math.min(this.step + this.fraction + Math.max(0, time) / this.dt, this.last);
    this.step = Math.floor(position);
    this.fraction = position - this.step;
    if (this.step >= this.last) this.pause();
  }
}
