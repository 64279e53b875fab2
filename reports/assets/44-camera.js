/* Which part of the world the canvas shows. y is up in the world and down on the screen. */

const LEAST_SCALE = 0.3; // pixels a metre
const MOST_SCALE = 80;
const METRES_ACROSS = 110; // at the start

class Camera {
  constructor() {
    Object.assign(this, { x: 0, y: 0, scale: 8, turn: 0, follow: true, headingUp: false, width: 1, height: 1 });
  }

  resize(width, height) {
    if (this.width <= 1) this.scale = Math.max(4, width / METRES_ACROSS);
    Object.assign(this, { width, height });
  }

  /** Keeps the ego in view; with heading up it stands below the middle, where more of the road ahead is seen. */
  track(ego) {
    if (!ego || !this.follow) return;
    this.turn = this.headingUp ? Math.PI / 2 - ego.heading : 0;
    const ahead = this.headingUp ? (0.2 * this.height) / this.scale : 0;
    this.x = ego.x + ahead * Math.cos(ego.heading);
    this.y = ego.y + ahead * Math.sin(ego.heading);
  }

  /** The matrix for `setTransform`, world to screen. */
  matrix() {
    const a = this.scale * Math.cos(this.turn);
    const b = -this.scale * Math.sin(this.turn);
    return [a, b, b, -a, this.width / 2 - a * this.x - b * this.y, this.height / 2 - b * this.x + a * this.y];
  }

  toScreen(x, y) {
    const [a, b, c, d, e, f] = this.matrix();
    return [a * x + c * y + e, b * x + d * y + f];
  }

  toWorld(px, py) {
    const rx = (px - this.width / 2) / this.scale;
    const ry = (this.height / 2 - py) / this.scale;
    const cos = Math.cos(this.turn);
    const sin = Math.sin(this.turn);
    return [this.x + rx * cos + ry * sin, this.y - rx * sin + ry * cos];
  }

  /** Zooms about a point of the screen; about the ego while it is followed. */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.toWorld(px, py);
    this.scale = Math.max(LEAST_SCALE, Math.min(MOST_SCALE, this.scale * factor));
    if (this.follow) return;
    const [nx, ny] = this.toWorld(px, py);
    this.x += x - nx;
    this.y += y - ny;
  }

  pan(dx, dy) {
    this.follow = false;
    const [x, y] = this.toWorld(this.width / 2 - dx, this.height / 2 - dy);
    Object.assign(this, { x, y });
  }

  /** Shows a box of the world whole, north up. */
  fit([left, bottom, right, top]) {
    Object.assign(this, { follow: false, turn: 0, headingUp: false, x: (left + right) / 2, y: (bottom + top) / 2 });
    const scale = Math.min(this.width / (right - left + 20), this.height / (top - bottom + 20));
    this.scale = Math.max(LEAST_SCALE, Math.min(MOST_SCALE, scale));
  }
}

/** The box around everywhere the ego was. */
function egoExtent(replay) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let step = 0; step < replay.numSteps; step++) {
    const pose = poseOf(replay, replay.ego, step);
    if (!pose) continue;
    box[0] = Math.min(box[0], pose.x);
    box[1] = Math.min(box[1], pose.y);
    box[2] = Math.max(box[2], pose.x);
    box[3] = Math.max(box[3], pose.y);
  }
  return box[0] > box[2] ? [-20, -20, 20, 20] : box;
}
