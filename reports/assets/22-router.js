/*
 * The address says everything: `#/?q=ttc<1&sort=ttc` is the overview, `#/e/KEY?t=6.30` an episode at a moment.
 */

/** `{page, key, parameters}` of the current address. */
function currentRoute() {
  const hash = location.hash.replace(/^#/, "");
  const [path, query = ""] = splitOnce(hash, "?");
  const parameters = Object.fromEntries(new URLSearchParams(query));
  if (path.startsWith("/e/")) return { page: "episode", key: safelyDecoded(path.slice(3)), parameters };
  return { page: "overview", key: null, parameters };
}

function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function safelyDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function overviewAddress(parameters = {}) {
  return addressOf("/", parameters);
}

function episodeAddress(row, parameters = {}) {
  return addressOf(`/e/${encodeURIComponent(valueOf("key", row))}`, parameters);
}

function addressOf(path, parameters) {
  const kept = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `#${path}${query ? `?${query}` : ""}`;
}

/** Goes to an address; a new entry of the browser's history. */
function go(address) {
  location.hash = address;
}

/** Changes the address in place, without drawing again. */
function replaceAddress(address) {
  history.replaceState(null, "", address);
}
