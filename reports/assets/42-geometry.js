/* Where every body is at a moment, and the map as paths: numbers only, nothing is drawn here. */

/** The pose of an agent's first body: `{x, y, heading, speed}`; null where it is not there. */
function poseOf(replay, agent, step, fraction = 0) {
  const { x_m: x, y_m: y, heading_rad: heading, vx_mps: vx, vy_mps: vy } = replay.arrays;
  const at = agent * replay.numSteps + step;
  if (Number.isNaN(x[at])) return null;
  const pose = { x: x[at], y: y[at], heading: heading[at] };
  pose.speed = vx[at] * Math.cos(pose.heading) + vy[at] * Math.sin(pose.heading);
  if (fraction > 0 && step + 1 < replay.numSteps && !Number.isNaN(x[at + 1])) {
    pose.x += fraction * (x[at + 1] - x[at]);
    pose.y += fraction * (y[at + 1] - y[at]);
    pose.heading += fraction * wrapped(heading[at + 1] - heading[at]);
  }
  return pose;
}

function wrapped(angle) {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

/** All boxes at a moment: `{agent, first, x, y, heading, length, width}`; a trailer hangs on the body before it. */
function boxesAt(replay, step, fraction) {
  const boxes = [];
  let before = null;
  for (const body of replay.bodies) {
    const box = body.first ? poseOf(replay, body.agent, step, fraction) : before && towed(replay, body, before, step);
    before = box && { ...box, ...body };
    if (before) boxes.push(before);
  }
  return boxes;
}

/** A trailer's pose from the body before it and the angle between them. */
function towed(replay, body, before, step) {
  const heading = before.heading - replay.arrays.hitch_rad[body.trailer * replay.numSteps + step];
  return {
    x: before.x + before.rearHitch * Math.cos(before.heading) - body.frontHitch * Math.cos(heading),
    y: before.y + before.rearHitch * Math.sin(before.heading) - body.frontHitch * Math.sin(heading),
    heading,
    speed: before.speed,
  };
}

/** The agent whose box is at a point of the world, or -1; small boxes are given some room. */
function agentAt(boxes, x, y, room) {
  let found = { agent: -1, distance: room };
  for (const box of boxes) {
    const dx = x - box.x;
    const dy = y - box.y;
    const along = Math.abs(dx * Math.cos(box.heading) + dy * Math.sin(box.heading)) - box.length / 2;
    const across = Math.abs(dy * Math.cos(box.heading) - dx * Math.sin(box.heading)) - box.width / 2;
    const distance = Math.max(along, across);
    if (distance < found.distance) found = { agent: box.agent, distance };
  }
  return found.agent;
}

/** A decoded map block as paths to fill and stroke, and as lines to measure on. */
function preparedMap({ header, arrays }) {
  const lines = (name) => polylines(arrays[`${name}_count`], arrays[`${name}_m`]);
  const [centre, left, right, area, edge] = ["centre", "left", "right", "area", "edge"].map(lines);
  const ofArea = (...kinds) => area.filter((_, i) => kinds.includes(header.area_kind[i]));
  const ofEdge = (...kinds) => edge.filter((_, i) => kinds.includes(header.edge_kind[i]));
  const bounded = (i) => left[i].length > 1 && right[i].length > 1;
  const isRoad = (i) => header.lane_kind[i] !== "bike";
  return {
    centre,
    ground: pathOf(ofArea("drivable", "driveway"), true),
    intersection: pathOf(ofArea("intersection"), true),
    crosswalk: pathOf(ofArea("crosswalk"), true),
    stop: pathOf(ofArea("stop"), true),
    bump: pathOf(ofArea("speed_bump"), true),
    lanes: pathOf(centre.map((_, i) => [...left[i], ...[...right[i]].reverse()]).filter((_, i) => bounded(i)), true),
    bare: pathOf(centre.filter((line, i) => line.length > 1 && !bounded(i) && isRoad(i)), false),
    centreLines: pathOf(centre, false),
    bounds: pathOf([...left, ...right].filter((_, i) => !header.lane_connector[i % centre.length]), false),
    edges: pathOf(ofEdge("boundary", "median"), false),
    paint: pathOf(ofEdge("line"), false),
  };
}

/** Counts and flat points to a list of lists of [x, y]. */
function polylines(counts, points) {
  const total = points.length / 2;
  let at = 0;
  return Array.from(counts, (count) => {
    const line = Array.from({ length: count }, (_, i) => [points[at + i], points[total + at + i]]);
    at += count;
    return line;
  });
}

function pathOf(lines, closed) {
  const path = new Path2D();
  for (const line of lines) {
    line.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
    if (closed && line.length) path.closePath();
  }
  return path;
}

/** Direction of a lane where a point is nearest to it [rad]; 0 when the lane is not known. */
function directionAt(lines, lane, x, y) {
  const line = lines[lane] ?? [];
  let best = { distance: Infinity, heading: 0 };
  for (let i = 1; i < line.length; i++) {
    const [ax, ay] = line[i - 1];
    const [bx, by] = line[i];
    const length = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
    const share = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
    const distance = (ax + share * (bx - ax) - x) ** 2 + (ay + share * (by - ay) - y) ** 2;
    if (distance < best.distance) best = { distance, heading: Math.atan2(by - ay, bx - ax) };
  }
  return best.heading;
}
