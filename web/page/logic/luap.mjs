// A .luap file: a notebook with everything, its cells, its Memory and Lua's globals. Globals are an image, which only the
// lua.wasm that made it opens; cells and Memory are for every one. It knows no page.
import { checksum64, equal64, read64, write64 } from "../../../js/src/bytes/checksum.ts";
import { deflate, inflate } from "../../../js/src/bytes/compress.ts";
import { notebookText, readNotebook } from "./notebook.mjs";

const MAGIC = 0x5061754c; // "LuaP"
const VERSION = 1;
const HEADER = 20;
/** Where the fields of the header are; the sum is of all that comes after it, and of both lengths. */
const AT = { magic: 0, version: 4, text: 8, sum: 12 };
/** Bytes that the text may unfold to. */
const LONGEST = 2 ** 28;

/**
 * @typedef {object} Whole
 * @property {Notebook} notebook @property {Snapshot} memory
 * @property {Uint8Array} image globals, and Memory once more @property {string | null} hash of its lua.wasm
 */

const sumOf = (bytes, text) => checksum64(bytes.subarray(HEADER), { hi: text, lo: bytes.length });

/** @param {Whole} whole @returns {Promise<Uint8Array>} the file */
export async function packWhole({ notebook, memory, image, hash }) {
  const text = JSON.stringify({ ...JSON.parse(notebookText(notebook)), memory, hash });
  const packed = await deflate(new TextEncoder().encode(text));
  const bytes = new Uint8Array(HEADER + packed.length + image.length);
  bytes.set(packed, HEADER);
  bytes.set(image, HEADER + packed.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(AT.magic, MAGIC, true);
  view.setUint32(AT.version, VERSION, true);
  view.setUint32(AT.text, packed.length, true);
  write64(view, AT.sum, sumOf(bytes, packed.length));
  return bytes;
}

/**
 * @param {Uint8Array} bytes of a file @param {string} what names it in errors
 * @returns {Promise<Whole>}
 * @throws {Error} it is none, damaged, or of a newer version
 */
export async function unpackWhole(bytes, what) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER || view.getUint32(AT.magic, true) !== MAGIC)
    throw new Error(`${what} is no .luap file, or its beginning is damaged`);
  const version = view.getUint32(AT.version, true);
  if (version !== VERSION) throw new Error(`${what} was written by a newer page (version ${version})`);
  const length = view.getUint32(AT.text, true);
  if (!equal64(read64(view, AT.sum), sumOf(bytes, length)))
    throw new Error(`${what} is damaged: it does not match its checksum`);
  const end = HEADER + length;
  const text = new TextDecoder().decode(await inflate(bytes.subarray(HEADER, end), { left: LONGEST }));
  const { memory, hash } = JSON.parse(text);
  return { notebook: readNotebook(text), memory, hash, image: bytes.slice(end) };
}
