/* Reads the text blocks of the page: base64 of zlib of a header and int32 arrays (see `simeval.report.blocks`). */

const WORD = 4;
const decoder = new TextDecoder();

/** A block that is missing or damaged; the page shows the message where the content would be. */
class BlockError extends Error {}

/** The bytes of block `number`. */
async function blockBytes(number) {
  const node = byId(`block-${number}`);
  if (!node) throw new BlockError(`Block ${number} is missing from this file. Write the report again.`);
  try {
    const packed = Uint8Array.from(atob(node.textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new BlockError(`Block ${number} of this file is damaged. Write the report again.`);
  }
}

/** A block that holds a JSON record. */
async function recordBlock(number) {
  return JSON.parse(decoder.decode(await blockBytes(number)));
}

/** A block of arrays: `{header, arrays}`; array values are in their own unit, NaN where missing. */
async function arrayBlock(number) {
  const bytes = await blockBytes(number);
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(decoder.decode(bytes.subarray(WORD, WORD + length)));
  const arrays = {};
  let at = WORD + length;
  for (const [name, shape, scale] of header.arrays) {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = unfold(bytes.subarray(at, at + WORD * count), count, shape[0], scale);
    at += WORD * count;
    if (name.endsWith("?")) {
      const target = arrays[name.slice(0, -1)];
      values.forEach((valid, i) => valid || (target[i] = NaN));
    } else {
      arrays[name] = values;
    }
  }
  return { header, arrays };
}

/**
 * Byte planes of folded differences back to values. Column c of an array of n rows is at [c * n, (c + 1) * n).
 */
function unfold(bytes, count, rows, scale) {
  const values = new Float64Array(count);
  for (let start = 0; start < count; start += rows) {
    let sum = 0;
    for (let i = start; i < start + rows; i++) {
      const folded = bytes[i] | (bytes[count + i] << 8) | (bytes[2 * count + i] << 16) | (bytes[3 * count + i] << 24);
      sum = (sum + ((folded >>> 1) ^ -(folded & 1))) | 0;
      values[i] = sum * scale;
    }
  }
  return values;
}
