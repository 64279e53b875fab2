/* The first page: how many episodes there were, what came of them, how they failed, and the table of all. */

const overview = { parameters: {}, order: [] }; // the filters in use, and the rows they leave, in table order

function showOverview(parameters) {
  overview.parameters = parameters;
  document.title = index.title;
  const rows = allRows();
  refill(
    byId("main"),
    el("div", { class: "overview" }, headline(rows), notesBox(), rows.length > 0 && [policyBars(rows), modeBars(rows)], trafficCard(), notMeasured()),
    rows.length > 0 && episodeSection(),
  );
  if (rows.length > 0) refreshTable();
}

/** The verdict in one sentence, and the sum that shows that nothing is missing. */
function headline(rows) {
  const counts = countOutcomes(rows);
  const failed = counts.fail + counts.policy_fault;
  return el(
    "section",
    { class: "headline", "aria-labelledby": "headline" },
    el("h1", { id: "headline" }, headlineWords(rows.length, failed, counts)),
    el(
      "p",
      { class: "coverage", "data-coverage": "" },
      `${rows.length} planned = `,
      OUTCOMES.map((outcome, i) => [i > 0 && " + ", el("span", { class: `sum ${outcome}` }, `${counts[outcome]} ${OUTCOME_WORDS[outcome]}`)]),
    ),
    rows.length > 0 && el(
      "p",
      { class: "faint" },
      `Verdicts for ${percent(rows.length - counts.unscored, rows.length)} of the plan`,
      index.profile && `, judged by ${index.profile}`,
      ".",
    ),
  );
}

function headlineWords(planned, failed, counts) {
  if (planned === 0) return "This run planned no episode.";
  if (counts.unscored === planned) return "No episode has a verdict yet.";
  if (failed === 0 && counts.unscored === 0) return planned === 1 ? "The one episode passed." : `All ${planned} episodes passed.`;
  if (failed === 0) return `No episode failed; ${counts.unscored} of ${planned} have no verdict.`;
  return `${failed} of ${plural(planned, "episode")} failed.`;
}

function notesBox() {
  const notes = [...index.notes];
  if (index.overrides.length) notes.push(`Own page files are used instead of the built-in ones: ${index.overrides.join(", ")}.`);
  return notes.length > 0 && el("ul", { class: "notes" }, notes.map((note) => el("li", {}, note)));
}

/** One bar a policy, in the colours of the outcomes. */
function policyBars(rows) {
  const policies = index.columns.policy.values;
  return el(
    "section",
    { class: "panel policies", "aria-labelledby": "policies" },
    el("h2", { id: "policies" }, "Outcomes by policy"),
    policies.map((policy) => {
      const own = rows.filter((row) => valueOf("policy", row) === policy);
      const counts = countOutcomes(own);
      const words = OUTCOMES.filter((outcome) => counts[outcome]).map((outcome) => `${counts[outcome]} ${OUTCOME_WORDS[outcome]}`);
      return el(
        "div",
        { class: "bar-row" },
        el("button", { type: "button", class: "link name", on: { click: () => filterBy({ policy }) } }, policy),
        el("div", { class: "stack", role: "img", "aria-label": `${policy}: ${words.join(", ")}` }, OUTCOMES.map((outcome) => stackPart(outcome, counts[outcome], own.length))),
        el("span", { class: "numbers" }, el("b", {}, percent(counts.pass, own.length)), ` passed, ${counts.pass} of ${own.length}`),
      );
    }),
    el("p", { class: "legend" }, OUTCOMES.map((outcome) => el("span", { class: `key ${outcome}`, title: OUTCOME_MEANING[outcome] }, OUTCOME_WORDS[outcome]))),
    Object.entries(index.latency).map(latencyWords),
  );
}

/** Times of the wall clock: the machine's as much as the policy's, and no part of any score. */
function latencyWords([policy, times]) {
  const ms = (value) => `${Number(value.toPrecision(3))} ms`;
  return el(
    "p",
    { class: "faint latency", title: "Wall clock; one call answers for a whole batch. Over episodes: median of the medians, largest 99th percentile." },
    `Answers of ${policy}: median ${ms(times.median_ms)}, 99th percentile ${ms(times.p99_ms)} a call.`,
  );
}

function stackPart(outcome, count, whole) {
  if (!count) return null;
  const part = el("span", { class: outcome, title: `${count} ${OUTCOME_WORDS[outcome]}` });
  part.style.flexGrow = String(count / whole);
  return part;
}

/** How the failures divide: what drivers lack, below it one row a mode, one bar a policy. */
function modeBars(rows) {
  const failed = rows.filter((row) => ["fail", "policy_fault"].includes(valueOf("outcome", row)));
  const planned = countsOf("policy", rows);
  return el(
    "section",
    { class: "panel modes", "aria-labelledby": "modes" },
    el("h2", { id: "modes" }, "Failure modes"),
    failed.length === 0 && el("p", { class: "faint" }, "No episode failed. What could not be measured is listed below."),
    grouped(failed, (row) => index.weaknesses[valueOf("mode", row)] ?? OUTCOME_WORDS[valueOf("outcome", row)]).map(([weakness, own]) => [
      el("h3", { class: "weakness" }, weakness, el("span", { class: "numbers" }, ` ${own.length}`)),
      grouped(own, (row) => valueOf("mode", row) ?? OUTCOME_WORDS[valueOf("outcome", row)]).map(([mode, its]) => modeRow(mode, its, planned)),
    ]),
    failed.length > 0 && el("p", { class: "faint" }, unclassifiedWords(failed)),
  );
}

function modeRow(mode, rows, planned) {
  const counts = countsOf("policy", rows);
  return el(
    "div",
    { class: "mode" },
    el("button", { type: "button", class: "link name", title: index.meanings[mode] ?? "", on: { click: () => filterBy(modeFilter(mode)) } }, mode),
    el("div", { class: "mode-bars" }, index.columns.policy.values.filter((policy) => counts.has(policy)).map((policy) => modeBar(policy, counts.get(policy), planned.get(policy)))),
  );
}

function unclassifiedWords(failed) {
  const lost = failed.filter((row) => valueOf("mode", row) === "unclassified").length;
  return lost === 0 ? "Every failure has a mode." : `${lost} of ${plural(failed.length, "failure")} unclassified.`;
}

/** Rows by what `name` says of each, the largest group first. */
function grouped(rows, name) {
  const groups = new Map();
  for (const row of rows) groups.set(name(row), [...(groups.get(name(row)) ?? []), row]);
  return [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
}

function modeFilter(mode) {
  return index.columns.mode.values.includes(mode) ? { mode } : { outcome: "policy_fault" };
}

function modeBar(policy, count, whole) {
  const bar = el("span", { class: "fill" });
  bar.style.width = `${(100 * count) / whole}%`;
  return el(
    "div",
    { class: "mode-bar" },
    el("span", { class: "policy" }, policy),
    el("span", { class: "track", "aria-hidden": "true" }, bar),
    el("span", { class: "numbers" }, el("b", {}, count), ` ${percent(count, whole)}`),
  );
}

/** Metrics without a value somewhere: what this run says nothing about. */
function notMeasured() {
  if (index.not_measured.length === 0) return null;
  return el(
    "details",
    { class: "panel not-measured" },
    el("summary", {}, `Not measured in every episode: ${plural(index.not_measured.length, "metric")}`),
    el(
      "ul",
      {},
      index.not_measured.map((each) =>
        el(
          "li",
          {},
          el("b", {}, each.metric),
          ` undefined in ${each.undefined} of ${each.of}: `,
          each.reasons.map(([reason, count]) => `${reason} (${count})`).join("; "),
        ),
      ),
    ),
  );
}

/** Shows the table with one filter set and the others as they are. */
function filterBy(parameters) {
  setFilters({ ...overview.parameters, ...parameters });
  byId("episodes").scrollIntoView({ block: "start" });
}
