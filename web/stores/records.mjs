// The form of what is in a store: names, records, the header that counts and sums them. Versioned and checksummed, so
// that a flipped byte, a lost, added or swapped record and a torn commit are all noticed. It knows no kind of store.
import { ZERO, add64, checksum64, equal64, read64, subtract64, write64 } from "./checksum.mjs";
import { canDeflate, deflate, inflate } from "./compress.mjs";
import { StoreError, damaged, unknownVersion } from "./store-error.mjs";

/** The name of the one record that is no key of a table. Every commit writes it, as its last change. */
export const HEADER = "header";

const VERSION = 1;
const MAGIC = 0x5461754c; // "LuaT"
const HEADER_SIZE = 32;
const SUM_SIZE = 8;
const PLAIN = 0;
const DEFLATED = 1;
/** Bytes; a shorter value is stored as it is. */
const LEAST_TO_DEFLATE = 4096;
/** How many values are inflated at once. */
const AT_ONCE = 16;
/** The id of the host services, which have no records. */
const FIRST_BAD_ID = 0xffffffff;

/**
 * What the header says of all other records: how many there are, and the sum of the checksums of their plain values.
 * @typedef {{count: number, sum: import("./checksum.mjs").Sum64}} Total
 */

/** Of a store that has no records. @type {Total} */
export const NOTHING = Object.freeze({ count: 0, sum: ZERO });

/**
 * `1/counter`: printable ASCII, every other byte of the key and `%` as `%0A`.
 * @param {number} id of a table @param {string} key a byte string
 */
export function recordName(id, key) {
  return `${id}/${key.replace(/[^ -$&-~]/g, (byte) => `%${hexByte(byte.charCodeAt(0))}`)}`;
}

const hexByte = (byte) => byte.toString(16).toUpperCase().padStart(2, "0");

/** @returns {{id: number, key: string} | undefined} undefined for what `recordName` does not make */
export function readName(name) {
  const [, id, rest] = /^(\d{1,10})\/([ -~]*)$/.exec(name) ?? [];
  if (rest === undefined || Number(id) >= FIRST_BAD_ID) return undefined;
  const key = rest.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return recordName(Number(id), key) === name ? { id: Number(id), key } : undefined;
}

/**
 * @param {string} name @param {Uint8Array} value
 * @returns {Uint8Array | Promise<Uint8Array>} flag, payload, and a checksum over name, flag and payload; never `value`
 */
export function encodeRecord(name, value) {
  return value.length > LEAST_TO_DEFLATE && canDeflate() ? encodeLarge(name, value) : frame(name, PLAIN, value);
}

async function encodeLarge(name, value) {
  const smaller = await deflate(value);
  return smaller.length < value.length ? frame(name, DEFLATED, smaller) : frame(name, PLAIN, value);
}

function frame(name, flag, payload) {
  const record = new Uint8Array(1 + payload.length + SUM_SIZE);
  record[0] = flag;
  record.set(payload, 1);
  write64(viewOf(record), record.length - SUM_SIZE, valueSum(name, record.subarray(0, -SUM_SIZE)));
  return record;
}

/** @returns {import("./checksum.mjs").Sum64} of a value under its name */
const valueSum = (name, bytes) => checksum64(bytes, checksum64(asciiBytes(name)));

/** @param {Total} total @param {Uint8Array} before what is under `name` now @returns {Total} without it */
const without = ({ count, sum }, name, before) => ({ count: count - 1, sum: subtract64(sum, valueSum(name, before)) });

/** @returns {Total} with `after` under a name that has nothing */
const plus = ({ count, sum }, name, after) => ({ count: count + 1, sum: add64(sum, valueSum(name, after)) });

/**
 * @param {Total} total
 * @param {{name: string, before?: Uint8Array, after?: Uint8Array}[]} changes plain values; undefined for none
 * @returns {Total} after them
 */
export function totalAfter(total, changes) {
  for (const { name, before, after } of changes) {
    if (before) total = without(total, name, before);
    if (after) total = plus(total, name, after);
  }
  return total;
}

/** @param {Total} total @returns {Uint8Array} */
export function encodeHeader({ count, sum }) {
  const header = new Uint8Array(HEADER_SIZE);
  const view = viewOf(header);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setFloat64(8, count, true);
  write64(view, 16, sum);
  write64(view, HEADER_SIZE - SUM_SIZE, valueSum(HEADER, header.subarray(0, -SUM_SIZE)));
  return header;
}

/** @returns {Total} */
function decodeHeader(header, store) {
  checkSum(HEADER, header, store);
  const view = viewOf(header);
  if (header.length < 16 || view.getUint32(0, true) !== MAGIC) throw damaged(store, "its header is not one of ours");
  // Every later form begins like this one, and ends with such a checksum.
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw unknownVersion(store, `its form is ${version}, and ${VERSION} is known here`);
  if (header.length !== HEADER_SIZE) throw damaged(store, `its header has ${header.length} bytes`);
  return { count: view.getFloat64(8, true), sum: read64(view, 16) };
}

function checkSum(name, record, store) {
  if (record.length < 1 + SUM_SIZE) throw damaged(store, `record ${quoted(name)} is cut short`);
  const sum = read64(viewOf(record), record.length - SUM_SIZE);
  if (equal64(sum, valueSum(name, record.subarray(0, -SUM_SIZE)))) return;
  throw damaged(store, `record ${quoted(name)} does not match its checksum`);
}

/**
 * Checks everything there is to check, before anything is given out.
 * @param {[string, Uint8Array][]} records all of a store, each with its name
 * @param {string} store its label
 * @param {number} [limit] bytes of all values; compressed ones that become more are not read to their end
 * @returns {Promise<{total: Total, entries: {id: number, key: string, value: Uint8Array}[]} | null>} null for a new
 * store; the values are copies
 * @throws {StoreError} "damaged", "version"; "failed" where this engine cannot inflate
 */
export async function readRecords(records, store, limit = Infinity) {
  if (records.length === 0) return null;
  const names = new Map(records);
  if (names.size !== records.length) throw damaged(store, `record ${quoted(twice(records))} is there twice`);
  const header = names.get(HEADER);
  if (!header) throw damaged(store, `its header is missing, and ${records.length} records are there`);
  const total = decodeHeader(header, store);
  names.delete(HEADER);
  if (names.size !== total.count) throw damaged(store, `it has ${names.size} records, and should have ${total.count}`);
  const entries = await readEntries([...names], store, { left: limit, limit });
  if (!equal64(total.sum, sumOf(entries))) throw damaged(store, "its records are not of one and the same commit");
  return { total, entries };
}

function twice(records) {
  const seen = new Set();
  return records.find(([name]) => seen.size === seen.add(name).size)[0];
}

const sumOf = (entries) => entries.reduce((sum, { name, value }) => add64(sum, valueSum(name, value)), ZERO);

async function readEntries(records, store, room) {
  const entries = [];
  for (let at = 0; at < records.length; at += AT_ONCE) {
    const some = records.slice(at, at + AT_ONCE).map(([name, record]) => readEntry(name, record, store, room));
    entries.push(...(await Promise.all(some)));
  }
  return entries;
}

async function readEntry(name, record, store, room) {
  const place = readName(name);
  if (!place) throw damaged(store, `record ${quoted(name)} has a name that is not one of ours`);
  checkSum(name, record, store);
  return { ...place, name, value: await readPayload(name, record, store, room) };
}

async function readPayload(name, record, store, room) {
  const payload = record.slice(1, -SUM_SIZE);
  if (record[0] === PLAIN) return payload;
  if (record[0] !== DEFLATED) throw unknownVersion(store, `record ${quoted(name)} is of form ${record[0]}`);
  try {
    return await inflate(payload, room);
  } catch (cause) {
    if (room.left < 0) {
      const more = `tableLimit is ${room.limit} bytes, and with record ${quoted(name)} it has more`;
      throw new StoreError("failed", store, `was not opened: ${more}`, { cause });
    }
    const problem = `was not opened, for record ${quoted(name)} cannot be read: ${cause.message}`;
    throw new StoreError("failed", store, problem, { cause });
  }
}

/** @returns {string} a name for a message: foreign ones may be long and of anything */
const quoted = (name) => `'${name.length > 80 ? `${name.slice(0, 80)}...` : name}'`;

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const encoder = new TextEncoder();
const asciiBytes = (name) => encoder.encode(name);
