/* The query box and the choices above the table. Their state is the address. */

const CHOICES = { policy: "All policies", mode: "All modes", family: "All families", tags: "All tags" };

function episodeSection() {
  const query = el("input", {
    id: "query",
    type: "search",
    class: "query",
    placeholder: "Filter: text, mode:contact, ttc<1, !word",
    "aria-label": "Filter episodes",
    "aria-describedby": "query-problem",
    autocomplete: "off",
    spellcheck: "false",
    on: { input: () => setFilters({ ...overview.parameters, q: query.value }) },
  });
  query.value = overview.parameters.q ?? "";
  return el(
    "section",
    { class: "episodes", id: "episodes", "aria-labelledby": "episodes-title" },
    el("div", { class: "section-head" }, el("h2", { id: "episodes-title" }, "Episodes"), el("span", { id: "row-count", class: "faint", role: "status" })),
    el("div", { class: "filters" }, query, el("div", { id: "outcome-filter", class: "segments", role: "group", "aria-label": "Outcome" }), el("div", { id: "choices", class: "choices" })),
    el("p", { id: "query-problem", class: "problem", role: "alert" }),
    el("div", { class: "table-box" }, el("table", { class: "grid", id: "table" }, el("thead"), el("tbody"))),
    el("div", { id: "more" }),
  );
}

function setFilters(parameters) {
  overview.parameters = parameters;
  replaceAddress(overviewAddress(parameters));
  if (byId("query").value !== (parameters.q ?? "")) byId("query").value = parameters.q ?? "";
  refreshTable();
}

/** The rows that pass the query and the choices; leaving out one choice gives the counts beside it. */
function selectedRows(parameters, test, without = null) {
  return allRows().filter(
    (row) =>
      test(row) &&
      (without === "outcome" || !parameters.outcome || valueOf("outcome", row) === parameters.outcome) &&
      Object.keys(CHOICES).every((name) => name === without || !parameters[name] || [valueOf(name, row)].flat().includes(parameters[name])),
  );
}

/** The query as a test; a mistake in it is shown under the box and lets everything pass. */
function testOfQuery(text) {
  const problem = byId("query-problem");
  try {
    const test = compiledQuery(text);
    if (problem) problem.textContent = "";
    return test;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    if (problem) problem.textContent = `At character ${error.position + 1}: ${error.message}.`;
    return () => true;
  }
}

function refreshFilters(test) {
  const parameters = overview.parameters;
  const counts = countOutcomes(selectedRows(parameters, test, "outcome"));
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const kept = OUTCOMES.filter((outcome) => index.columns.outcome.values.includes(outcome));
  refill(
    byId("outcome-filter"),
    segment("", "All", all),
    kept.map((outcome) => segment(outcome, OUTCOME_WORDS[outcome], counts[outcome])),
  );
  refill(
    byId("choices"),
    Object.entries(CHOICES).map(([name, all]) => choice(name, all, selectedRows(parameters, test, name))),
    Object.keys(parameters).some((name) => name !== "sort" && parameters[name]) &&
      el("button", { type: "button", class: "quiet", on: { click: () => setFilters(sortOnly(parameters)) } }, "Clear"),
  );
}

function sortOnly({ sort }) {
  return sort ? { sort } : {};
}

function segment(outcome, word, count) {
  const pressed = (overview.parameters.outcome ?? "") === outcome;
  return el(
    "button",
    { type: "button", "aria-pressed": String(pressed), "data-outcome": outcome, on: { click: () => setAndFocus({ outcome }, `[data-outcome="${outcome}"]`) } },
    word,
    el("span", { class: "count" }, count),
  );
}

function choice(name, all, rows) {
  const chosen = overview.parameters[name] ?? "";
  const values = [...index.columns[name].values];
  if (values.length < 2 && !chosen) return null;
  const counts = countsOf(name, rows);
  const select = el(
    "select",
    { "aria-label": all, "data-choice": name, on: { change: () => setAndFocus({ [name]: select.value }, `[data-choice="${name}"]`) } },
    el("option", { value: "" }, all),
    values.sort().map((value) => el("option", { value, selected: value === chosen }, `${value} (${counts.get(value) ?? 0})`)),
  );
  return select;
}

/** Filters, and gives the focus back to the control, which is drawn anew. */
function setAndFocus(change, selector) {
  setFilters({ ...overview.parameters, ...change });
  document.querySelector(selector)?.focus();
}
