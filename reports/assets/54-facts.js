/* What is told about one episode beside its replay: verdict, evidence, chain of events, scores, command. */

/** The column of facts; `seek` moves the clock to an event. */
function factsPanel(row, facts, seek) {
  return el(
    "div",
    { class: "facts" },
    verdict(row, facts),
    factList("Evidence", facts.evidence),
    chainList(facts, seek),
    errorBox(facts.error),
    reproduceBox(facts.reproduce),
    scoreTable(facts.subscores, valueOf("total", row)),
    facts.also.length > 0 && section("Also", el("ul", { class: "plain" }, facts.also.map((mode) => el("li", {}, mode)))),
    measurementTable(facts.measurements),
    scenarioBox(row, facts),
  );
}

function section(title, ...children) {
  return el("section", {}, el("h2", {}, title), children);
}

/** One or two sentences: what it came to, and why. */
function verdict(row, facts) {
  const outcome = valueOf("outcome", row);
  const sentences = [];
  if (valueOf("cause", row)) {
    const cause = EVENT_WORDS[valueOf("cause", row)] ?? valueOf("cause", row);
    sentences.push(["First cause: ", el("b", {}, cause), ` at ${seconds(valueOf("cause_time_s", row))}`, facts.cause_agent && `, with ${facts.cause_agent}`, ". "]);
  }
  if (facts.reason) sentences.push(facts.reason, " ");
  if (valueOf("ending", row) && valueOf("duration_s", row) !== null) {
    const detail = facts.ending_detail && facts.ending_detail !== facts.reason && `: ${facts.ending_detail}`;
    sentences.push(`Ended by ${valueOf("ending", row).replaceAll("_", " ")} after ${seconds(valueOf("duration_s", row))}`, detail, ".");
  }
  return el(
    "section",
    { class: `verdict ${outcome}`, "aria-label": "Verdict" },
    el("p", { class: "verdict-head" }, outcomeBadge(outcome), valueOf("mode", row) && el("b", { class: "mode-name" }, valueOf("mode", row))),
    valueOf("mode", row) && index.meanings[valueOf("mode", row)] && el("p", { class: "meaning" }, index.meanings[valueOf("mode", row)]),
    el("p", {}, sentences),
  );
}

function factList(title, lines) {
  return lines.length > 0 && section(title, el("ul", { class: "plain evidence" }, lines.map((line) => el("li", {}, line))));
}

/** The chain that led to the failure; without one, all events. */
function chainList(facts, seek) {
  const events = facts.chain.length ? facts.chain : facts.events;
  if (events.length === 0) return section("Events", el("p", { class: "faint" }, "None."));
  return section(
    facts.chain.length ? "Chain of events" : "Events",
    el(
      "ol",
      { class: "chain" },
      events.map((event) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", on: { click: () => seek(event) } },
            el("span", { class: "at" }, seconds(event.time_s)),
            eventMark(event),
            el("span", {}, el("b", {}, eventWord(event)), el("span", { class: "event-numbers" }, eventNumbers(event))),
          ),
        ),
      ),
    ),
  );
}

function errorBox(error) {
  if (!error) return null;
  return section(
    "Error",
    el("p", {}, el("b", {}, error.type ?? "error"), error.message && `: ${error.message}`),
    error.trace && el("details", {}, el("summary", {}, "Traceback"), el("pre", { tabindex: "0" }, error.trace)),
  );
}

function reproduceBox(command) {
  if (!command) return null;
  return section(
    "Run it again",
    el("div", { class: "command" }, el("pre", { id: "reproduce", tabindex: "0" }, command), copyButton("Copy", () => command)),
  );
}

function scoreTable(scores, total) {
  if (scores.length === 0) return null;
  return section(
    "Scores",
    smallTable(
      ["Metric", "Value", "Score", "Weight"],
      [
        ...scores.map((each) => [each.metric, shown(each.raw), shown(each.score), each.kind === "multiplier" ? "× multiplier" : shown(each.weight)]),
        total !== null && ["Total", "", shown(total), ""],
      ].filter(Boolean),
    ),
  );
}

function measurementTable(measurements) {
  if (measurements.length === 0) return null;
  return el(
    "details",
    {},
    el("summary", {}, `All ${measurements.length} measurements`),
    smallTable(
      ["Metric", "Value"],
      measurements.map(([metric, value, unit, reason]) => [metric, value === null ? `not defined: ${reason ?? "no reason given"}` : withUnit(value, unit)]),
    ),
  );
}

function smallTable(heads, rows) {
  return el(
    "table",
    { class: "small" },
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((text) => el("td", {}, text))))),
  );
}

/** Where the scenario came from and what is not known of it. */
function scenarioBox(row, facts) {
  const about = facts.scenario;
  if (about.unreadable) return section("Scenario", el("p", { class: "problem" }, about.unreadable));
  const entries = [
    ["Family", valueOf("family", row)],
    ["Tags", valueOf("tags", row).join(", ")],
    ["Parameters", about.parameters.map(([name, value]) => `${name} ${value}`).join(", ")],
    ["Agents", about.num_agents],
    ["Step", seconds(about.dt_s)],
    ["Source", [about.format, about.source_id].filter(Boolean).join(", ")],
    ["Licence", about.licence],
    ["Not known", about.missing.join(", ")],
    ["Mended", about.repaired.join("; ")],
    ["Key", valueOf("key", row)],
  ];
  return el("details", {}, el("summary", {}, "Scenario"), definitions(entries));
}

function definitions(entries) {
  return el(
    "dl",
    {},
    entries.filter(([, value]) => value !== "" && value !== null && value !== undefined).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
  );
}
