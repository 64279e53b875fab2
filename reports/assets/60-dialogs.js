/* The top bar, the drawer that says where the numbers come from, and the list of keys. */

function drawTop() {
  refill(
    byId("top"),
    el("a", { class: "brand", href: "#/", "aria-label": "simeval report, overview" }, "simeval"),
    el("span", { class: "run-name" }, index.title),
    el(
      "nav",
      { "aria-label": "Report" },
      el("button", { type: "button", class: "quiet", "data-act": "provenance", on: { click: showProvenance } }, "Provenance"),
      el("button", { type: "button", class: "quiet", "data-act": "keys", "aria-label": "Keys", on: { click: showKeys } }, "?"),
    ),
  );
}

function openDialog(title, className, ...content) {
  byId("dialog")?.remove();
  const dialog = el(
    "dialog",
    { id: "dialog", class: className, "aria-labelledby": "dialog-title" },
    el("div", { class: "dialog-head" }, el("h2", { id: "dialog-title" }, title), el("button", { type: "button", class: "quiet", on: { click: () => dialog.close() } }, "Close")),
    content,
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Versions, settings, machine, determinism: the manifest of the run as it is. */
function showProvenance() {
  openDialog(
    "Where this comes from",
    "drawer",
    el("p", { class: "faint" }, `Written by ${index.made_by}${index.profile ? `; judged by ${index.profile}` : ""}. The manifest of the run:`),
    copyButton("Copy as JSON", () => JSON.stringify(index.manifest, null, 2)),
    recordTree(index.manifest),
  );
}

/** A nested record as nested lists of names and values. */
function recordTree(value) {
  if (Array.isArray(value)) {
    if (value.length === 0) return "none";
    if (value.every((each) => each === null || typeof each !== "object")) return value.map(plainText).join(", ");
    return el("ol", { class: "tree" }, value.map((each) => el("li", {}, recordTree(each))));
  }
  if (value !== null && typeof value === "object") {
    if ("value" in value && "from" in value) return [recordTree(value.value), el("span", { class: "faint" }, ` (${value.from})`)];
    return el("dl", { class: "tree" }, Object.entries(value).map(([name, each]) => [el("dt", {}, name), el("dd", {}, recordTree(each))]));
  }
  return plainText(value);
}

function plainText(value) {
  if (value === null) return MISSING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

function showKeys() {
  openDialog(
    "Keys",
    "keys",
    KEY_HELP.map(([title, keys]) => [
      el("h3", {}, title),
      el("dl", { class: "key-list" }, keys.map(([names, meaning]) => [el("dt", {}, names.split(" ").map((name) => el("kbd", {}, name))), el("dd", {}, meaning)])),
    ]),
  );
}
