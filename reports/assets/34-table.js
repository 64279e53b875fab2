/* The table of episodes: sortable, filtered, drawn in pages so that ten thousand rows stay quick. */

const PAGE_ROWS = 200;
const FIRST_COLUMNS = ["outcome", "scenario", "policy", "seed", "mode", "cause_time_s", "duration_s"];
const MOST_METRICS = 3;

/** The columns to show: those that say something in this run. */
function tableColumns() {
  const useful = FIRST_COLUMNS.filter((name) => name !== "seed" || new Set(index.columns.seed.values).size > 1);
  return [...useful, ...index.metrics.slice(0, MOST_METRICS), "total"].filter((name) => ["outcome", "scenario", "policy"].includes(name) || hasValues(name));
}

function hasValues(name) {
  const column = index.columns[name];
  return column.kind === "number" ? column.values.some((value) => value !== null) : column.values.length > 0;
}

/** Filters, sorts and draws; called after every change. */
function refreshTable() {
  const test = testOfQuery(overview.parameters.q ?? "");
  refreshFilters(test);
  overview.order = sorted(selectedRows(overview.parameters, test), overview.parameters.sort ?? "");
  drawHead();
  drawRows();
  byId("row-count").textContent =
    overview.order.length === index.num_episodes ? `${index.num_episodes}` : `${overview.order.length} of ${index.num_episodes}`;
}

/** The rows a person steps through with j and k: those of the table as it was left. */
function orderedRows() {
  if (overview.order.length === 0) {
    overview.order = sorted(selectedRows(overview.parameters, testOfQuery(overview.parameters.q ?? "")), overview.parameters.sort ?? "");
  }
  return overview.order;
}

/** `sort` is a column name, with a minus in front for descending; missing values come last either way. */
function sorted(rows, sort) {
  const descending = sort.startsWith("-");
  const name = sort.replace(/^-/, "");
  if (!name || !(name in index.columns)) return byUrgency(rows);
  const sign = descending ? -1 : 1;
  const rank = name === "outcome" ? (row) => OUTCOMES.indexOf(valueOf("outcome", row)) : (row) => valueOf(name, row);
  return [...rows].sort((a, b) => compared(rank(a), rank(b), sign) || a - b);
}

/** What needs a look comes first: faults, failures, what has no verdict, the rest; each in the order of the plan. */
function byUrgency(rows) {
  const urgency = { policy_fault: 0, fail: 1, unscored: 2, pass: 3 };
  return [...rows].sort((a, b) => urgency[valueOf("outcome", a)] - urgency[valueOf("outcome", b)] || a - b);
}

function compared(a, b, sign) {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return sign * (a < b ? -1 : 1);
}

function drawHead() {
  const sort = overview.parameters.sort ?? "";
  refill(
    byId("table").tHead,
    el(
      "tr",
      {},
      tableColumns().map((name) => {
        const state = sort === name ? "ascending" : sort === `-${name}` ? "descending" : "none";
        const next = { none: firstDirection(name), ascending: `-${name}`, descending: name }[state];
        const unit = index.columns[name].unit;
        return el(
          "th",
          { scope: "col", "aria-sort": state, class: index.columns[name].kind === "number" ? "number" : "" },
          el(
            "button",
            { type: "button", "data-sort": name, on: { click: () => setAndFocus({ sort: next }, `[data-sort="${name}"]`) } },
            columnWord(name),
            prettyUnit(unit ?? "") && el("span", { class: "unit" }, ` ${prettyUnit(unit)}`),
            el("span", { class: "arrow", "aria-hidden": "true" }, { none: "", ascending: "▲", descending: "▼" }[state]),
          ),
        );
      }),
    ),
  );
}

function firstDirection(name) {
  return name === "total" || name === "duration_s" ? `-${name}` : name;
}

function drawRows() {
  const body = byId("table").tBodies[0];
  body.replaceChildren();
  refill(byId("more"));
  if (overview.order.length === 0) {
    body.append(el("tr", {}, el("td", { class: "none", colspan: tableColumns().length }, "No episode matches.")));
    return;
  }
  appendRows(body, 0);
}

function appendRows(body, from) {
  const columns = tableColumns();
  const rows = overview.order.slice(from, from + PAGE_ROWS);
  body.append(...rows.map((row) => tableRow(row, columns)));
  const left = overview.order.length - from - rows.length;
  refill(
    byId("more"),
    left > 0 && el("button", { type: "button", on: { click: () => appendRows(body, from + PAGE_ROWS) } }, `Show ${Math.min(left, PAGE_ROWS)} more of ${left}`),
  );
}

function tableRow(row, columns) {
  const line = el(
    "tr",
    { "data-key": valueOf("key", row), on: { click: (event) => event.target.closest("a") || go(episodeAddress(row)) } },
    columns.map((name) => el("td", cellAttributes(name), cell(name, row))),
  );
  return line;
}

function cellAttributes(name) {
  return { class: index.columns[name].kind === "number" ? "number" : `in-${name}`, "data-label": columnWord(name) };
}

function cell(name, row) {
  const value = valueOf(name, row);
  if (name === "outcome") return outcomeBadge(value);
  if (name === "scenario") return el("a", { href: episodeAddress(row) }, breakable(value));
  if (index.columns[name].kind !== "number") return value ?? el("span", { class: "faint" }, MISSING);
  return fixed(value, decimalsOf(name));
}

const decimals = new Map();

/** Decimals of a whole column, so that its points stand below each other: none where all are whole numbers. */
function decimalsOf(name) {
  if (!decimals.has(name)) {
    const known = index.columns[name].values.filter((value) => value !== null);
    const largest = known.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    decimals.set(name, known.every(Number.isInteger) ? 0 : largest >= 100 ? 1 : 2);
  }
  return decimals.get(name);
}
