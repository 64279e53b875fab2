/*
 * The query box: words that must all hold.
 *   cut_in            text in scenario, policy, mode, cause, ending or tags
 *   "at fault"        text with spaces
 *   mode:contact      text in one column; also policy: family: outcome: tag: scenario: ending: cause: key:
 *   ttc<1.0           a number; any column by name or by a part of its name
 *   !word             not
 */

const TEXT_COLUMNS = ["scenario", "policy", "family", "mode", "cause", "ending", "tags", "outcome"];
const COLUMN_ALIASES = { tag: "tags", speed: "max_speed_mps", time: "cause_time_s", length: "duration_s", score: "total" };
const TERM = /\s*(!?)(?:([A-Za-z_][\w]*)(:|<=|>=|<|>|=))?(?:"([^"]*)"?|(\S+))/y;

class QueryError extends Error {
  constructor(position, message) {
    super(message);
    this.position = position;
  }
}

/** A function that says whether a row satisfies the query. Throws a QueryError with the place of a mistake. */
function compiledQuery(text) {
  const tests = [];
  const rest = text.trimEnd();
  TERM.lastIndex = 0;
  while (TERM.lastIndex < rest.length) {
    const at = TERM.lastIndex;
    const found = TERM.exec(rest);
    if (!found) throw new QueryError(at, "expected a word after this");
    const [, not, name, operator, quoted, word] = found;
    const test = termTest(at, name, operator, quoted ?? word);
    tests.push(not ? (row) => !test(row) : test);
  }
  return (row) => tests.every((test) => test(row));
}

function termTest(at, name, operator, value) {
  if (!name) {
    const wanted = value.toLowerCase();
    return (row) => TEXT_COLUMNS.some((column) => holdsText(column, row, wanted));
  }
  const column = columnCalled(at, name);
  if (operator === ":" || (operator === "=" && index.columns[column].kind !== "number")) {
    const wanted = value.toLowerCase();
    return (row) => holdsText(column, row, wanted);
  }
  const limit = Number(value);
  if (Number.isNaN(limit)) throw new QueryError(at, `${name}${operator} needs a number, not ${value}`);
  if (index.columns[column].kind !== "number") throw new QueryError(at, `${name} is not a number; write ${name}:${value}`);
  const compare = {
    "<": (x) => x < limit,
    ">": (x) => x > limit,
    "<=": (x) => x <= limit,
    ">=": (x) => x >= limit,
    "=": (x) => x === limit,
  }[operator];
  return (row) => {
    const number = valueOf(column, row);
    return number !== null && compare(number);
  };
}

function holdsText(column, row, wanted) {
  const value = valueOf(column, row);
  if (value === null) return false;
  if (column === "outcome") return value.startsWith(wanted) || OUTCOME_WORDS[value].includes(wanted);
  if (index.columns[column].kind === "number") return String(value) === wanted;
  return [value].flat().some((text) => text.toLowerCase().includes(wanted));
}

/** The column of a name: exact, by alias, or the only one (the first number) that contains it. */
function columnCalled(at, name) {
  const names = Object.keys(index.columns);
  const wanted = name.toLowerCase();
  if (names.includes(wanted)) return wanted;
  if (names.includes(COLUMN_ALIASES[wanted])) return COLUMN_ALIASES[wanted];
  const near = names.find((column) => column.split("_").includes(wanted));
  if (near) return near;
  throw new QueryError(at, `there is no column ${name}; there are ${names.join(", ")}`);
}
