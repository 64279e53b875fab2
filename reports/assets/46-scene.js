/* Draws one moment: road, signals, route, paths, agents. Lengths are metres; `px` is one pixel in metres. */

const FLAG_CONTACT = 1;
const LANE_WIDTH = 3.5; // [m] of a lane of which only the centre line is known
const NARROW_PX = 520; // a canvas on a telephone
const SMALL_PX = 5; // boxes are drawn at least this large, so that people stay visible

/** The colours of the style sheet, read when the theme changes. */
function sceneColours() {
  const style = getComputedStyle(document.documentElement);
  const names = "field road road-bare crosswalk paint lane edge route path ego ego-ink agent agent-ink person parked involved selected label halo green yellow red unknown".split(" ");
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]));
}

/** `moment` is {step, fraction, time, selected, involved, events}. */
function drawScene(context, camera, replay, moment, colours, ratio) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = colours.field;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.setTransform(...camera.matrix().map((value) => value * ratio));
  const px = 1 / camera.scale;
  const boxes = boxesAt(replay, moment.step, moment.fraction);
  drawRoad(context, replay.mapShape, colours, px);
  drawRoute(context, replay, colours, px);
  drawSignals(context, replay, moment.step, colours, px);
  drawPaths(context, replay, moment.step, colours, px);
  for (const box of boxes) drawBox(context, box, replay, moment, colours, px);
  drawEventRings(context, moment, colours, px);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawLabels(context, camera, boxes, replay, moment, colours);
  drawScaleBar(context, camera, colours);
  return boxes;
}

function drawRoad(context, map, colours, px) {
  context.lineJoin = context.lineCap = "round";
  fill(context, map.ground, colours.road);
  stroke(context, map.bare, colours["road-bare"], LANE_WIDTH);
  fill(context, map.lanes, colours.road);
  fill(context, map.intersection, colours.road);
  fill(context, map.crosswalk, colours.crosswalk);
  fill(context, map.bump, colours.crosswalk);
  stroke(context, map.stop, colours.paint, 0.2);
  stroke(context, map.bounds, colours.lane, Math.max(0.12, 0.8 * px));
  stroke(context, map.paint, colours.paint, Math.max(0.12, 0.8 * px));
  context.setLineDash([1.5, 4.5]);
  stroke(context, map.centreLines, colours.lane, Math.max(0.06, 0.6 * px));
  context.setLineDash([]);
  stroke(context, map.edges, colours.edge, Math.max(0.2, 1.4 * px));
}

function fill(context, path, colour) {
  context.fillStyle = colour;
  context.fill(path);
}

function stroke(context, path, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke(path);
}

function drawRoute(context, replay, colours, px) {
  const points = replay.arrays.route_m;
  const [line] = polylines([points.length / 2], points);
  stroke(context, pathOf([line], false), colours.route, Math.max(1.1, 3 * px));
  if (!replay.goal_m) return;
  const [x, y] = replay.goal_m;
  const radius = Math.max(1.2, 6 * px);
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.moveTo(x + radius / 3, y);
  context.arc(x, y, radius / 3, 0, 2 * Math.PI);
  context.strokeStyle = colours.ego;
  context.lineWidth = Math.max(0.25, 1.5 * px);
  context.stroke();
}

/** A bar across the lane at each stop point, in the colour of the signal and with its letter. */
function drawSignals(context, replay, step, colours, px) {
  const { signal_lane: lanes, signal_stop_m: stops, signal_state: states } = replay.arrays;
  for (let s = 0; s < lanes.length; s++) {
    const word = SIGNAL_WORDS[states[s * replay.numSteps + step]];
    if (word === "none") continue;
    const [x, y] = [stops[s], stops[lanes.length + s]];
    const heading = directionAt(replay.mapShape.centre, lanes[s], x, y);
    context.save();
    context.translate(x, y);
    context.rotate(heading);
    context.lineCap = "butt";
    stroke(context, pathOf([[[0, -LANE_WIDTH / 2], [0, LANE_WIDTH / 2]]], false), colours[word], Math.max(0.5, 4 * px));
    context.restore();
  }
}

/** Where the ego was (solid) and will be (dots). */
function drawPaths(context, replay, step, colours, px) {
  const { x_m: x, y_m: y } = replay.arrays;
  const at = replay.ego * replay.numSteps;
  const points = Array.from({ length: replay.numSteps }, (_, i) => [x[at + i], y[at + i]]).filter(([px]) => !Number.isNaN(px));
  stroke(context, pathOf([points.slice(0, step + 1)], false), colours.path, Math.max(0.18, 1.5 * px));
  context.setLineDash([0, 6 * px]);
  stroke(context, pathOf([points.slice(step)], false), colours.path, 2 * px);
  context.setLineDash([]);
}

/** An oriented box with a mark at its front; touching boxes have a strong outline. */
function drawBox(context, box, replay, moment, colours, px) {
  const { agent } = box;
  const length = Math.max(box.length, SMALL_PX * px);
  const width = Math.max(box.width, SMALL_PX * px);
  const touches = replay.arrays.flags[agent * replay.numSteps + moment.step] & FLAG_CONTACT;
  context.save();
  context.translate(box.x, box.y);
  context.rotate(box.heading);
  const shape = new Path2D();
  shape.roundRect(-length / 2, -width / 2, length, width, Math.min(width / 4, 0.4));
  fill(context, shape, boxColour(box, replay, moment, colours));
  const outline = touches ? colours.involved : agent === moment.selected ? colours.selected : colours.halo;
  stroke(context, shape, outline, touches || agent === moment.selected ? 3 * px : Math.max(0.06, px));
  if (box.first) {
    const front = length / 2;
    const mark = pathOf([[[front * 0.86, 0], [front * 0.34, width * 0.32], [front * 0.34, -width * 0.32]]], true);
    fill(context, mark, agent === replay.ego ? colours["ego-ink"] : colours["agent-ink"]);
  }
  context.restore();
}

function boxColour({ agent }, replay, moment, colours) {
  if (agent === replay.ego) return colours.ego;
  if (agent === moment.involved) return colours.involved;
  const kind = replay.agents.kind[agent];
  if (kind === "pedestrian" || kind === "cyclist") return colours.person;
  return replay.agents.driver[agent] === "parked" || kind === "static" ? colours.parked : colours.agent;
}

/** A ring around the place of an event while it is fresh. */
function drawEventRings(context, moment, colours, px) {
  for (const event of moment.events) {
    const age = moment.time - event.time_s;
    if (age < -1e-6 || age > 1 || event.x_m === undefined) continue;
    context.beginPath();
    context.arc(event.x_m, event.y_m, Math.max(3, 16 * px) * (1 + 0.25 * age), 0, 2 * Math.PI);
    context.strokeStyle = GRAVE_EVENTS.has(event.event) ? colours.involved : colours.yellow;
    context.lineWidth = 2.5 * px;
    context.stroke();
  }
}

function drawLabels(context, camera, boxes, replay, moment, colours) {
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  for (const box of boxes.filter((each) => each.first && [moment.selected, moment.involved].includes(each.agent))) {
    const [x, y] = camera.toScreen(box.x, box.y);
    label(context, replay.agents.id[box.agent], x, y - 10 - (box.width / 2) * camera.scale, colours);
  }
  const { signal_lane: lanes, signal_stop_m: stops, signal_state: states } = replay.arrays;
  for (let s = 0; s < lanes.length; s++) {
    const word = SIGNAL_WORDS[states[s * replay.numSteps + moment.step]];
    const [x, y] = camera.toScreen(stops[s], stops[lanes.length + s]);
    if (word !== "none" && camera.scale > 3) label(context, word, x, y - 16, colours);
  }
}

function label(context, text, x, y, colours) {
  context.lineWidth = 3;
  context.strokeStyle = colours.field;
  context.strokeText(text, x, y);
  context.fillStyle = colours.label;
  context.fillText(text, x, y);
}

function drawScaleBar(context, camera, colours) {
  const metres = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((length) => length * camera.scale >= 60) ?? 1000;
  const [x, y] = [16, camera.height - (camera.width < NARROW_PX ? 56 : 16)]; // above the buttons
  context.strokeStyle = context.fillStyle = colours.label;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, y - 4);
  context.lineTo(x, y);
  context.lineTo(x + metres * camera.scale, y);
  context.lineTo(x + metres * camera.scale, y - 4);
  context.stroke();
  context.textAlign = "left";
  label(context, `${metres} m`, x + 4, y - 6, colours);
}
