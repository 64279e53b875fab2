/* The time axis: event marks, slider, and the buttons that move the clock. */

const LABEL_ROWS = 3;
const MARK_GAP = 6; // between labels [px]

/** `{node, follow, resize}` of the time axis. */
function timelineOf(clock, events) {
  const slider = el("input", {
    type: "range",
    id: "time",
    class: "time",
    min: "0",
    max: String(clock.last),
    step: "1",
    "aria-label": "Time",
    on: {
      input: () => {
        const step = Number(slider.value); // before pausing, which puts the slider back
        clock.pause();
        clock.seek(step);
      },
    },
  });
  const marks = events.map((event) => markButton(event, clock));
  const lane = el("div", { class: "marks", role: "group", "aria-label": "Events" }, marks);
  const bar = transport(clock);
  const follow = () => {
    slider.value = String(clock.step);
    slider.setAttribute("aria-valuetext", `${seconds(clock.step * clock.dt)}, step ${clock.step} of ${clock.last}`);
    bar.follow();
  };
  const resize = (width) => placeMarks(lane, marks, events, clock, width);
  return { node: el("div", { class: "timeline" }, lane, slider, bar.node), follow, resize };
}

function markButton(event, clock) {
  const name = `${eventWord(event)} at ${seconds(event.time_s)}`;
  return el(
    "button",
    {
      type: "button",
      class: `mark ${eventClass(event)}`,
      "data-event": event.event,
      "aria-label": name,
      title: [name, eventNumbers(event)].filter(Boolean).join(": "),
      on: {
        click: () => {
          clock.pause();
          clock.seek(event.step);
        },
      },
    },
    eventMark(event),
    el("span", { class: "mark-text" }, eventWord(event)),
  );
}

/** Marks stand at their time; a label goes into the first row with room, or only the shape is shown. */
function placeMarks(lane, marks, events, clock, width) {
  const across = width - GUTTER - RIGHT;
  const ends = Array(LABEL_ROWS).fill(-Infinity);
  marks.forEach((mark) => mark.classList.remove("short"));
  const sizes = marks.map((mark) => mark.offsetWidth);
  let used = 1;
  marks.forEach((mark, i) => {
    const centre = GUTTER + (across * events[i].step) / Math.max(1, clock.last);
    const start = centre - 12;
    const flips = start + sizes[i] > width;
    const left = flips ? centre + 12 - sizes[i] : start;
    let row = ends.findIndex((end) => end + MARK_GAP <= left);
    mark.classList.toggle("flipped", flips);
    if (row < 0) {
      row = LABEL_ROWS - 1;
      mark.classList.add("short");
    }
    ends[row] = Math.max(ends[row], left + mark.offsetWidth);
    used = Math.max(used, row + 1);
    mark.style.left = `${mark.classList.contains("short") ? start : left}px`;
    mark.style.top = `${row * 24}px`;
  });
  lane.style.height = `${used * 24}px`;
}

/** Buttons: back, play, on, events, speed. */
function transport(clock) {
  const button = (name, label, sign, action) => el("button", { type: "button", class: "sign", "data-act": name, "aria-label": label, title: label, on: { click: action } }, icon(sign));
  const play = button("play", "Play (space)", "play", () => clock.toggle());
  const speed = el(
    "select",
    { "aria-label": "Speed", class: "speed", on: { change: () => clock.setSpeed(Number(speed.value)) } },
    SPEEDS.map((each) => el("option", { value: each }, `${each}×`)),
  );
  const time = el("output", { class: "clock", id: "clock" });
  const follow = () => {
    refill(play, icon(clock.playing ? "pause" : "play"));
    play.setAttribute("aria-label", clock.playing ? "Pause (space)" : "Play (space)");
    speed.value = String(clock.speed);
    refill(time, el("b", {}, fixed(clock.time)), ` / ${fixed(clock.last * clock.dt)} s`);
  };
  const node = el(
    "div",
    { class: "transport" },
    button("previous-event", "Previous event (,)", "previous", () => toEvent(clock, -1)),
    button("back", "One step back (←)", "back", () => clock.stepBy(-1)),
    play,
    button("on", "One step on (→)", "on", () => clock.stepBy(1)),
    button("next-event", "Next event (.)", "next", () => toEvent(clock, 1)),
    time,
    speed,
  );
  return { node, follow };
}

/** The clock goes to the next or the previous event and says which. */
function toEvent(clock, direction) {
  const events = clock.events;
  const target = direction > 0 ? events.find((event) => event.step > clock.step) : events.findLast((event) => event.step < clock.step);
  clock.pause();
  if (!target) {
    announce(direction > 0 ? "No later event" : "No earlier event");
    return;
  }
  clock.seek(target.step);
  announce(`${eventWord(target)} at ${seconds(target.time_s)}. ${eventNumbers(target)}`);
}

const ICONS = {
  play: "M4 2l10 6-10 6z",
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
  on: "M3 2h2v12H3zM7 2l7 6-7 6z",
  back: "M11 2h2v12h-2zM9 2v12L2 8z",
  next: "M2 2l6 6-6 6zM8 2l6 6-6 6z",
  previous: "M14 2v12L8 8zM8 2v12L2 8z",
};

function icon(name) {
  return svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}
