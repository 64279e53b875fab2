/* Elements, text and formatting. All text of a run enters the page here, as text nodes and never as markup. */

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

/** An HTML element. `on` holds event handlers; false and null attributes and children are left out. */
function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element, with the same arguments. */
function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, String(value));
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function byId(id) {
  return document.getElementById(id);
}

/** Puts other children into a node. */
function refill(node, ...children) {
  node.replaceChildren();
  return filled(node, {}, children);
}

/** Says something to people who listen instead of looking. */
function announce(text) {
  byId("announce").textContent = text;
}

const MISSING = "–";

/** A number with a fixed number of decimals, or a dash. */
function fixed(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  return (Object.is(value, -0) ? 0 : value).toFixed(digits).replace("-", "−");
}

/** A number of a table or a fact: as many decimals as its size needs. */
function shown(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return String(value).replace("-", "−");
  const size = Math.abs(value);
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function seconds(value) {
  return value === null || value === undefined ? MISSING : `${fixed(value)} s`;
}

function withUnit(value, unit) {
  return unit && value !== null && value !== undefined ? `${shown(value)} ${prettyUnit(unit)}`.trimEnd() : shown(value);
}

function prettyUnit(unit) {
  if (unit === "1") return ""; // a ratio
  return unit.replace("^2", "²").replace("^3", "³");
}

function percent(part, whole) {
  if (!whole) return MISSING;
  const share = (100 * part) / whole;
  return `${share > 0 && share < 1 ? share.toFixed(1) : Math.round(share)} %`;
}

function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/** A long name that may break after its separators, instead of anywhere. */
function breakable(text) {
  return text.split(/(?<=[/[,])/).flatMap((part, i) => (i > 0 ? [el("wbr"), part] : [part]));
}

/** Calls a function at most once a frame, however often it is asked for. */
function oncePerFrame(action) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      action();
    });
  };
}

/** A button that copies a text and says so. */
function copyButton(label, text) {
  const button = el("button", { type: "button", class: "quiet copy" }, label);
  button.addEventListener("click", async () => {
    const done = await copyText(text());
    button.textContent = done ? "Copied" : "Select and copy";
    announce(done ? "Copied" : "Could not copy; select the text instead");
    setTimeout(() => (button.textContent = label), 1600);
  });
  return button;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
