/* The index of the page, and what is decoded from it when it is opened. */

const KEPT_REPLAYS = 16; // decoded replays that stay in memory

let index = null; // set by main

/** The value of a column for one episode: text, number or null; a list for tags. */
function valueOf(name, row) {
  const column = index.columns[name];
  if (column.kind === "category") return column.codes[row] < 0 ? null : column.values[column.codes[row]];
  if (column.kind === "list") return column.codes[row].map((code) => column.values[code]);
  return column.values[row];
}

function allRows() {
  return Array.from({ length: index.num_episodes }, (_, row) => row);
}

/** The episode of a key or of the beginning of one; -1 when there is none. */
function rowOfKey(key) {
  const keys = index.columns.key.values;
  const exact = keys.indexOf(key);
  if (exact >= 0 || key.length < 4) return exact;
  const starting = allRows().filter((row) => keys[row].startsWith(key) || key.startsWith(keys[row]));
  return starting.length === 1 ? starting[0] : -1;
}

/** How many of the rows have each value of a category or list column; most frequent first. */
function countsOf(name, rows) {
  const counts = new Map();
  for (const row of rows) {
    for (const value of [valueOf(name, row)].flat()) {
      if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return new Map([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

function countOutcomes(rows) {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
  for (const row of rows) counts[valueOf("outcome", row)] += 1;
  return counts;
}

const factBlocks = new Map();

/** Everything that is told about one episode besides its replay. */
async function factsOf(row) {
  const { per_block: size, blocks } = index.facts;
  const block = Math.floor(row / size);
  if (!factBlocks.has(block)) factBlocks.set(block, await recordBlock(blocks[block]));
  return factBlocks.get(block)[row % size];
}

const maps = new Map();

async function mapOf(id) {
  if (!maps.has(id)) maps.set(id, preparedMap(await arrayBlock(index.maps[id])));
  return maps.get(id);
}

const replays = new Map();

/** Why an episode has no replay, or null when it has one. */
function whyNoReplay(row) {
  if (index.replays[row] >= 0) return null;
  return index.no_replay.values[index.no_replay.codes[row]];
}

/** The replay of an episode, decoded, with its map. The ones used last stay in memory. */
async function replayOf(row) {
  const number = index.replays[row];
  if (!replays.has(number)) {
    const { header, arrays } = await arrayBlock(number);
    replays.set(number, preparedReplay(header, arrays, await mapOf(header.map)));
    if (replays.size > KEPT_REPLAYS) replays.delete(replays.keys().next().value);
  }
  const replay = replays.get(number);
  replays.delete(number);
  replays.set(number, replay);
  return replay;
}

/** A replay as the drawing wants it: named arrays, and which trailer angle belongs to which body. */
function preparedReplay(header, arrays, map) {
  const numAgents = header.agents.id.length;
  const numSteps = numAgents ? arrays.x_m.length / numAgents : 0;
  const bodies = Array.from(arrays.body_agent, (agent, b) => ({
    agent,
    first: b === 0 || arrays.body_agent[b - 1] !== agent,
    length: arrays.body_length_m[b],
    width: arrays.body_width_m[b],
    frontHitch: arrays.body_front_hitch_m[b],
    rearHitch: arrays.body_rear_hitch_m[b],
    trailer: b - agent - 1, // which column of `hitch_rad`; meaningless for a first body
  }));
  return { ...header, arrays, numAgents, numSteps, bodies, mapShape: map, duration: (numSteps - 1) * header.dt_s };
}
