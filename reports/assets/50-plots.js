/* Curves over time. They share the time axis of the slider; a missing value is a gap in the line. */

const GUTTER = 48; // left of every time axis, for numbers [px]
const RIGHT = 14;
const PLOT_HEIGHT = 92;
const PLOT_TOP = 8;
const PLOT_BOTTOM = 12;

/** A curve of a replay ready to draw; null when the run has none, or nothing of it is known. */
function curveOf(replay, definition) {
  const values = replay.arrays[`series/${definition.name}`];
  if (!values) return null;
  const known = values.filter((value) => !Number.isNaN(value));
  if (definition.optional && known.length === 0) return null;
  const reference = definition.reference && replay.arrays[`series/${definition.reference}`];
  const limit = index.limits[definition.name];
  return { ...definition, values, known, reference, limit, range: rangeOf(definition, known, reference, limit) };
}

/** Lowest and highest value of the axis. */
function rangeOf(definition, known, reference, limit) {
  const all = [...known, ...(reference ?? []).filter((value) => !Number.isNaN(value))];
  if (limit !== undefined) all.push(limit);
  if (definition.zero) all.push(0);
  if (definition.least) all.push(-definition.least, definition.least);
  let low = Math.min(0, ...all);
  let high = Math.max(1, ...all);
  if (definition.most) high = Math.min(high, definition.most);
  const room = 0.06 * (high - low);
  if (low < 0) low -= room;
  return [low, high + room];
}

/** A plot that follows the clock: `{node, follow, resize}`; a click or drag on it moves the clock. */
function plotOf(curve, clock, events) {
  const picture = svg("svg", { class: "plot", height: PLOT_HEIGHT, role: "img", "aria-label": curveSummary(curve, clock.dt) });
  const now = el("output", { class: "now" });
  const node = el(
    "figure",
    { class: "curve", "data-curve": curve.name },
    el("figcaption", {}, el("span", { class: "curve-name" }, curve.label), el("span", { class: "unit" }, ` ${curve.unit}`), now),
    picture,
  );
  let scale = null;
  let cursor = null;
  const resize = (width) => {
    scale = plotScale(curve, clock, width);
    cursor = svg("g", { class: "cursor" }, svg("line", { y1: 0, y2: PLOT_HEIGHT }), svg("circle", { r: 4 }));
    picture.setAttribute("width", width);
    refill(picture, axis(curve, scale, width), limits(curve, scale, width), eventLines(events, scale), svg("path", { class: "line", d: linePath(curve.values, scale) }), cursor);
    follow();
  };
  const follow = () => {
    const value = curve.values[clock.step];
    now.textContent = Number.isNaN(value) ? MISSING : fixed(value);
    if (!cursor) return;
    cursor.setAttribute("transform", `translate(${scale.x(clock.step + clock.fraction)} 0)`);
    cursor.lastChild.setAttribute("visibility", Number.isNaN(value) ? "hidden" : "visible");
    if (!Number.isNaN(value)) cursor.lastChild.setAttribute("cy", scale.y(value));
  };
  const seek = (event) => {
    if (event.buttons !== 1 || !scale) return;
    clock.pause();
    clock.seek(scale.step(event.clientX - picture.getBoundingClientRect().left));
  };
  picture.addEventListener("pointerdown", (event) => {
    picture.setPointerCapture(event.pointerId);
    seek(event);
  });
  picture.addEventListener("pointermove", seek);
  return { node, follow, resize };
}

function plotScale(curve, clock, width) {
  const [low, high] = curve.range;
  const across = width - GUTTER - RIGHT;
  const down = PLOT_HEIGHT - PLOT_TOP - PLOT_BOTTOM;
  return {
    x: (step) => GUTTER + (across * step) / Math.max(1, clock.last),
    y: (value) => PLOT_TOP + down * (1 - (Math.max(low, Math.min(high, value)) - low) / (high - low)),
    step: (x) => ((x - GUTTER) / across) * clock.last,
  };
}

/** The line in pieces: it ends where a value is missing and starts anew after it. */
function linePath(values, scale) {
  let path = "";
  let pen = "M";
  values.forEach((value, step) => {
    if (Number.isNaN(value)) {
      pen = "M";
      return;
    }
    const lonely = pen === "M" && (step + 1 >= values.length || Number.isNaN(values[step + 1]));
    path += `${pen}${scale.x(step).toFixed(1)} ${scale.y(value).toFixed(1)}${lonely ? "h.1" : ""}`;
    pen = "L";
  });
  return path;
}

function axis(curve, scale, width) {
  return ticks(...curve.range).map((value) =>
    svg(
      "g",
      { class: value === 0 ? "tick zero" : "tick" },
      svg("line", { x1: GUTTER, x2: width - RIGHT, y1: scale.y(value), y2: scale.y(value) }),
      svg("text", { x: GUTTER - 8, y: scale.y(value) + 4, "text-anchor": "end" }, shown(value)),
    ),
  );
}

/** Two to four round numbers inside a range. */
function ticks(low, high) {
  const rough = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? power;
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(Number((i * step).toPrecision(6)));
  return found;
}

function limits(curve, scale, width) {
  const parts = [];
  if (curve.reference) {
    const known = curve.reference.filter((value) => !Number.isNaN(value));
    parts.push(svg("path", { class: "limit", d: linePath(curve.reference, scale) }));
    if (known.length > 0) parts.push(limitText(speedLimit(known), scale.y(known[0]), width));
  }
  if (curve.limit !== undefined) {
    const y = scale.y(curve.limit);
    parts.push(svg("line", { class: "limit", x1: GUTTER, x2: width - RIGHT, y1: y, y2: y }), limitText(`limit ${shown(curve.limit)}`, y, width));
  }
  return parts;
}

/** In words; where the limit changes, the smallest and the largest. The line begins with the first. */
function speedLimit(known) {
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return low === high ? `speed limit ${shown(low)}` : `speed limit ${shown(low)} to ${shown(high)}`;
}

/** Above its line, or below it where there is no room. */
function limitText(text, y, width) {
  return svg("text", { class: "limit-text", x: GUTTER + 6, y: y < 16 ? y + 12 : y - 4 }, text);
}

function eventLines(events, scale) {
  return events.map((event) => svg("line", { class: `event-line ${eventClass(event)}`, x1: scale.x(event.step), x2: scale.x(event.step), y1: 0, y2: PLOT_HEIGHT }));
}

/** The curve in words, for people who do not see it. */
function curveSummary({ label, unit, values, known, limit }, dt) {
  if (known.length === 0) return `${label}: not defined at any moment.`;
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  const at = (value) => seconds(values.indexOf(value) * dt);
  const gaps = values.length - known.length;
  return [
    `${label} in ${unit}: lowest ${shown(low)} at ${at(low)}, highest ${shown(high)} at ${at(high)}`,
    `first ${shown(known[0])}, last ${shown(known[known.length - 1])}`,
    limit !== undefined && `limit ${shown(limit)}`,
    gaps > 0 && `not defined at ${gaps} of ${values.length} steps`,
  ]
    .filter(Boolean)
    .join("; ");
}
