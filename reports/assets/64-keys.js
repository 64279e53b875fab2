/* The keyboard: everything that a pointer can do. */

const KEY_HELP = [
  [
    "Everywhere",
    [
      ["?", "this list"],
      ["p", "where the numbers come from"],
      ["u Esc", "all episodes"],
      ["j k", "next, previous episode of the table"],
    ],
  ],
  [
    "Table",
    [
      ["/", "filter"],
      ["j k", "down, up; Enter opens"],
      ["a", "remove all filters"],
    ],
  ],
  [
    "Replay",
    [
      ["Space", "play, pause"],
      ["← →", "one step; with Shift one second"],
      [", .", "previous, next event"],
      ["Home End", "start, end"],
      ["[ ]", "slower, faster"],
      ["+ -", "zoom"],
      ["f", "follow the ego"],
      ["h", "heading up, north up"],
      ["0", "the whole drive"],
      ["n", "choose the next agent; Shift for the one before"],
      ["c", "copy the command that runs it again"],
    ],
  ],
];

const EVERYWHERE = {
  "?": () => showKeys(),
  p: () => showProvenance(),
};

const ON_OVERVIEW = {
  "/": () => byId("query")?.focus(),
  a: () => setFilters(sortOnly(overview.parameters)),
  j: () => moveInTable(1),
  k: () => moveInTable(-1),
  ArrowDown: (event) => event.target.closest("tbody") && moveInTable(1),
  ArrowUp: (event) => event.target.closest("tbody") && moveInTable(-1),
};

const ON_EPISODE = {
  u: () => go(overviewAddress(overview.parameters)),
  Escape: () => go(overviewAddress(overview.parameters)),
  j: () => document.querySelector('[data-act="next-episode"]')?.click(),
  k: () => document.querySelector('[data-act="previous-episode"]')?.click(),
  c: () => document.querySelector(".command .copy")?.click(),
};

const ON_REPLAY = {
  " ": () => stage.clock.toggle(),
  ArrowLeft: (event) => stage.clock.stepBy(event.shiftKey ? -Math.round(1 / stage.clock.dt) : -1),
  ArrowRight: (event) => stage.clock.stepBy(event.shiftKey ? Math.round(1 / stage.clock.dt) : 1),
  Home: () => stage.clock.stepBy(-stage.clock.numSteps),
  End: () => stage.clock.stepBy(stage.clock.numSteps),
  ".": () => toEvent(stage.clock, 1),
  ",": () => toEvent(stage.clock, -1),
  "[": () => stage.clock.faster(-1),
  "]": () => stage.clock.faster(1),
  "+": () => looked("zoom", 1.4),
  "=": () => looked("zoom", 1.4),
  "-": () => looked("zoom", 1 / 1.4),
  f: () => looked("follow"),
  h: () => looked("heading"),
  0: () => looked("fit"),
  n: () => chooseNext(1),
  N: () => chooseNext(-1),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("dialog")) return;
  if (event.target.matches("input:not([type=range]), textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.target.matches("select") && event.key !== "Escape") return;
  if ([" ", "Enter"].includes(event.key) && event.target.closest("button, a, summary")) return;
  const action = (stage && ON_REPLAY[event.key]) || (currentRoute().page === "episode" ? ON_EPISODE : ON_OVERVIEW)[event.key] || EVERYWHERE[event.key];
  if (!action) return;
  if (action(event) !== null) event.preventDefault();
}

function looked(name, argument) {
  stage.view.act[name](argument);
  stage.view.draw();
}

function chooseNext(by) {
  const { numAgents } = stage.replay;
  const from = stage.selected < 0 && by < 0 ? numAgents : stage.selected;
  choose((from + by + numAgents) % numAgents);
}

/** The focus goes to the link of the next row, so that Enter opens it. */
function moveInTable(by) {
  const links = [...document.querySelectorAll("#table tbody a")];
  const at = links.indexOf(document.activeElement);
  links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
}
