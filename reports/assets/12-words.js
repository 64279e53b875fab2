/* What things are called on the page. Names that are not listed are shown as the run folder has them. */

const OUTCOMES = ["pass", "fail", "policy_fault", "unscored"];

const OUTCOME_WORDS = { pass: "passed", fail: "failed", policy_fault: "policy fault", unscored: "unscored" };

const OUTCOME_MEANING = {
  pass: "no failure rule fired",
  fail: "a failure rule fired",
  policy_fault: "the policy raised an error, returned something invalid, or took too long; it counts as a failure",
  unscored: "there is no verdict; the episode says why",
};

const COLUMN_WORDS = {
  scenario: "Scenario",
  family: "Family",
  policy: "Policy",
  seed: "Seed",
  outcome: "Outcome",
  mode: "Failure mode",
  cause: "First cause",
  cause_time_s: "At",
  ending: "Ending",
  duration_s: "Length",
  total: "Score",
};

const EVENT_WORDS = {
  contact: "contact",
  off_road: "off road",
  red_light: "red light",
  hard_brake: "hard brake",
  overspeed: "overspeed",
  ttc_low: "low TTC",
  near_miss: "near miss",
  stall: "stall",
  swerve: "swerve",
  wait: "waits",
  crawl: "crawls",
  cut_in: "cut-in",
  lane_change: "lane change",
  lane_invasion: "over the line",
  off_route: "off the route",
  against_lane: "against the lane",
  crosswalk_conflict: "crosswalk",
  reversal: "reverses",
  steering_oscillation: "steers to and fro",
  jerky_start: "jerky start",
  infeasible: "impossible motion",
  jackknife: "jackknife",
  stop_line: "stop line",
  policy_error: "policy error",
};

/* The shape of an event mark, in a box of 12 by 12: shape, colour and text all say the same. */
const EVENT_SHAPES = {
  contact: "M6 0 12 6 6 12 0 6z",
  off_road: "M0 1h12L6 12z",
  red_light: "M1 1h10v10H1z",
  policy_error: "M2 0 6 4 10 0l2 2-4 4 4 4-2 2-4-4-4 4-2-2 4-4-4-4z",
  hard_brake: "M6 0 12 11H0z",
  overspeed: "M0 0 6 6 0 12zM6 0l6 6-6 6z",
  stall: "M1 0h4v12H1zM7 0h4v12H7z",
  other: "M6 0.5a5.5 5.5 0 1 0 .01 0zM6 3.5a2.5 2.5 0 1 1-.01 0z",
};

/* Details that rules of the taxonomy look at; the evidence tells those that decided. */
const QUIET_DETAILS = new Set([
  "relation", "approach", "ego_turned_deg", "other_turned_deg", "ego_aside_m", "other_aside_m", "ego_reverses",
  "other_stood_s", "other_moved", "other_driver", "ego_wrong_side", "curve_accel_mps2", "lateral_mps2", "followed",
  "angle_deg", "inferred", "from_start", "to_end",
]);

/* Events that are failures by themselves; the others are warnings. */
const GRAVE_EVENTS = new Set(["contact", "off_road", "red_light", "policy_error"]);

const CURVES = [
  { name: "speed_mps", label: "Speed", unit: "m/s", reference: "speed_limit_mps", zero: true },
  { name: "acceleration_mps2", label: "Acceleration", unit: "m/s²", zero: true, least: 4 },
  { name: "ttc_s", label: "Time to collision", unit: "s", zero: true, most: 8 },
  { name: "min_gap_m", label: "Gap to the nearest", unit: "m", zero: true, most: 30, optional: true },
];

const SIGNAL_WORDS = ["none", "unknown", "green", "yellow", "red"];

/* Ends of names that say the unit. */
const UNIT_ENDINGS = { mps2: "m/s²", mps: "m/s", rad: "rad", deg: "°", ratio: "", m: "m", s: "s" };

function columnWord(name) {
  return COLUMN_WORDS[name] ?? metricWord(name);
}

/** `min_ttc_s` becomes `min TTC`: the unit stands elsewhere. */
function metricWord(name) {
  const unit = Object.keys(UNIT_ENDINGS).find((ending) => name.endsWith(`_${ending}`));
  const words = (unit ? name.slice(0, -unit.length - 1) : name).split("_");
  return words.map((word) => (["ttc", "thw", "pet"].includes(word) ? word.toUpperCase() : word)).join(" ");
}

function eventWord(event) {
  return EVENT_WORDS[event.event] ?? event.event;
}

function eventShape(event) {
  return EVENT_SHAPES[event.event] ?? EVENT_SHAPES.other;
}

function eventClass(event) {
  return GRAVE_EVENTS.has(event.event) ? "grave" : "warning";
}

/** The numbers of an event in one line: `0.90 s, limit 0.95 s, car-1`. */
function eventNumbers(event) {
  const unit = event.unit || "";
  const parts = [];
  if (event.kind) parts.push(event.kind);
  if (event.value !== undefined) parts.push(withUnit(event.value, unit));
  if (event.limit !== undefined) parts.push(`limit ${withUnit(event.limit, unit)}`);
  if (event.agent) parts.push(event.agent);
  if (event.detail && typeof event.detail === "object") {
    for (const [name, value] of Object.entries(event.detail)) {
      if (value !== null && value !== event.kind && !QUIET_DETAILS.has(name)) parts.push(detailWords(name, value));
    }
  } else if (event.detail) {
    parts.push(String(event.detail));
  }
  return parts.join(" · ");
}

/** One entry of an event's detail: `speed_mps: 26.6` becomes `speed 26.6 m/s`. */
function detailWords(name, value) {
  const unit = Object.keys(UNIT_ENDINGS).find((ending) => name.endsWith(`_${ending}`));
  const word = (unit ? name.slice(0, -unit.length - 1) : name).replaceAll("_", " ");
  if (typeof value === "boolean") return `${word} ${value ? "yes" : "no"}`;
  return `${word} ${withUnit(value, unit ? UNIT_ENDINGS[unit] : "")}`;
}

/** The mark of an event. */
function eventMark(event) {
  return svg(
    "svg",
    { class: `shape ${eventClass(event)}`, viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" },
    svg("path", { d: eventShape(event), "fill-rule": "evenodd" }),
  );
}

const OUTCOME_SHAPES = {
  pass: "M2 6.5 5 9.5 10.5 3",
  fail: "M2.5 2.5l7 7M9.5 2.5l-7 7",
  policy_fault: "M6 1.5v5.5M6 9.4v1.2",
  unscored: "M2.5 6h7",
};

/** An outcome as sign and word. */
function outcomeBadge(outcome) {
  return el(
    "span",
    { class: `badge ${outcome}`, title: OUTCOME_MEANING[outcome] },
    svg("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, svg("path", { d: OUTCOME_SHAPES[outcome] })),
    OUTCOME_WORDS[outcome],
  );
}
