/* The page of one episode: replay, time axis, curves and facts, all on one clock. */

const LEAD_IN = 2.0; // seconds before the first failing event where a failed episode opens
const ADDRESS_EVERY = 400; // milliseconds between changes of the address while playing

let stage = null; // what is shown: {row, replay, clock, view, selected, close}

async function showEpisode(key, parameters) {
  const row = rowOfKey(key);
  if (row < 0) return showMissing(key);
  document.title = `${valueOf("scenario", row)} · ${index.title}`;
  const body = el("div", { class: "episode-body" }, el("p", { class: "faint" }, "Reading…"));
  refill(byId("main"), episodeHead(row), body);
  try {
    const facts = await factsOf(row);
    const why = whyNoReplay(row);
    const replay = why === null ? await replayOf(row) : null;
    if (currentRoute().key !== key) return; // somebody went on in the meantime
    if (replay) showReplay(body, row, facts, replay, parameters);
    else refill(body, problemCard("No replay", why), factsPanel(row, facts, () => {}));
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    refill(body, problemCard("This episode cannot be shown", error.message));
  }
  announce(`${valueOf("scenario", row)}, ${OUTCOME_WORDS[valueOf("outcome", row)]}`);
}

function showMissing(key) {
  document.title = index.title;
  refill(byId("main"), problemCard("No such episode", `This report holds no episode ${key}.`), el("p", {}, el("a", { href: "#/" }, "All episodes")));
}

function problemCard(title, text) {
  return el("div", { class: "problem-card", role: "alert" }, el("h2", {}, title), el("p", {}, text));
}

function episodeHead(row) {
  const rows = orderedRows();
  const at = rows.indexOf(row);
  const step = (by, label, sign, name) => {
    const target = rows[at + by];
    if (at < 0 || target === undefined) return el("span", { class: "step-link off", "aria-hidden": "true" }, sign);
    return el("a", { class: "step-link", href: episodeAddress(target), "aria-label": label, title: label, "data-act": name }, sign);
  };
  const seed = new Set(index.columns.seed.values).size > 1 ? `, seed ${valueOf("seed", row)}` : "";
  return el(
    "div",
    { class: "episode-head" },
    el("a", { class: "back", href: overviewAddress(overview.parameters) }, "← All episodes"),
    el("h1", {}, breakable(valueOf("scenario", row)), el("span", { class: "by" }, ` driven by ${valueOf("policy", row)}${seed}`)),
    el(
      "div",
      { class: "head-actions" },
      step(-1, "Previous episode of the table (k)", "↑", "previous-episode"),
      el("span", { class: "faint" }, at >= 0 && `${at + 1} of ${rows.length}`),
      step(1, "Next episode of the table (j)", "↓", "next-episode"),
      copyButton("Copy link", () => location.href),
    ),
  );
}

function showReplay(body, row, facts, replay, parameters) {
  const panels = [];
  const events = facts.events.filter((event) => event.step >= 0 && event.step < replay.numSteps);
  const clock = new Clock(replay.numSteps, replay.dt_s, () => followClock(panels));
  clock.events = events;
  const involved = replay.agents.id.indexOf(facts.cause_agent);
  stage = { row, replay, clock, selected: replay.agents.id.indexOf(parameters.agent ?? ""), addressAt: 0 };
  const view = replayView(
    replay,
    () => ({ step: clock.step, fraction: clock.fraction, time: clock.time, selected: stage.selected, involved, events }),
    (agent) => choose(agent),
  );
  stage.view = view;
  stage.close = closed(view, clock);
  const timeline = timelineOf(clock, events);
  const curves = CURVES.map((definition) => curveOf(replay, definition)).filter(Boolean);
  const plots = curves.map((curve) => plotOf(curve, clock, events));
  panels.push(view.draw, timeline.follow, ...plots.map((plot) => plot.follow), rememberMoment);
  const tracks = el("div", { class: "tracks" }, timeline.node, plots.map((plot) => plot.node));
  const stageNode = el("div", { class: "stage" }, view.node, sceneLegend(facts), tracks);
  refill(body, el("div", { class: "columns" }, stageNode, factsPanel(row, facts, (event) => (clock.pause(), clock.seekTime(event.time_s)))));
  const resize = oncePerFrame(() => tracks.clientWidth && [timeline, ...plots].forEach((each) => each.resize(tracks.clientWidth)));
  new ResizeObserver(resize).observe(tracks);
  if (parameters.up === "heading") view.camera.headingUp = true;
  clock.seekTime(startTime(row, parameters));
}

function followClock(panels) {
  for (const panel of panels) panel();
}

function sceneLegend(facts) {
  const entry = (name, text) => el("span", { class: `swatch ${name}` }, text);
  return el("p", { class: "legend scene-legend", "aria-hidden": "true" }, entry("ego", "ego"), entry("agent", "other vehicles"), entry("person", "people"), facts.cause_agent && entry("involved", `first cause: ${facts.cause_agent}`), entry("route", "route"));
}

/** The time in the address; else shortly before what went wrong; else the start. */
function startTime(row, parameters) {
  const wanted = Number(parameters.t);
  if (parameters.t !== undefined && Number.isFinite(wanted)) return wanted;
  const failed = ["fail", "policy_fault"].includes(valueOf("outcome", row));
  const cause = valueOf("cause_time_s", row);
  return failed && cause !== null ? Math.max(0, cause - LEAD_IN) : 0;
}

/** Chooses an agent, or none; called without one when only the camera changed. */
function choose(agent) {
  if (agent !== undefined) stage.selected = agent === stage.selected ? -1 : agent;
  if (agent >= 0) announce(agentText(stage.replay, { selected: agent, step: stage.clock.step }));
  stage.addressAt = 0;
  rememberMoment();
  stage.view.draw();
}

/** Writes the moment into the address, so that reloading or sharing it comes back here. */
function rememberMoment() {
  const now = performance.now();
  if (stage.clock.playing && now - stage.addressAt < ADDRESS_EVERY) return;
  stage.addressAt = now;
  replaceAddress(
    episodeAddress(stage.row, {
      t: (stage.clock.step * stage.clock.dt).toFixed(2),
      up: stage.view.camera.headingUp ? "heading" : "",
      agent: stage.selected >= 0 ? stage.replay.agents.id[stage.selected] : "",
    }),
  );
}

function closed(view, clock) {
  return () => {
    clock.playing = false;
    view.close();
    stage = null;
  };
}

/*
 * For tests and for people at the console: what the replay shows now, and its decoded arrays.
 */
window.simevalReplay = {
  state() {
    if (!stage) return null;
    const { row, replay, clock, view, selected } = stage;
    const ego = poseOf(replay, replay.ego, clock.step);
    const { follow, headingUp, scale } = view.camera;
    return { key: valueOf("key", row), step: clock.step, time: clock.time, numSteps: clock.numSteps, playing: clock.playing, speed: clock.speed, ego, selected, follow, headingUp, scale };
  },
  array: (name) => stage && Array.from(stage.replay.arrays[name]),
  boxes: () => stage && boxesAt(stage.replay, stage.clock.step, 0).map(({ agent, x, y, heading }) => ({ agent, x, y, heading })),
};
