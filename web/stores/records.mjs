// The form of what is in a store: names, records, the header that counts and sums them. Versioned and checksummed, so
// that a flipped byte, a lost, added or swapped record and a torn commit are all noticed. It knows no kind of store.
import { ZERO, add64, checksum64, equal64, get64, put64, subtract64 } from "./checksum.mjs";
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

/** What stands in a name for each byte of a key. */
const IN_NAME = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return /[ -$&-~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/**
 * `1/counter`: printable ASCII, every other byte of the key and `%` as `%0A`.
 * @param {number} id of a table @param {string} key a byte string
 */
export function recordName(id, key) {
  let name = `${id}/`;
  for (let i = 0; i < key.length; i++) name += IN_NAME[key.charCodeAt(i)];
  return name;
}

/** @returns {{id: number, key: string} | undefined} undefined for what `recordName` does not make */
export function readName(name) {
  const at = name.indexOf("/");
  const id = Number(name.slice(0, at));
  // A slash that is missing, or a number written in another way, does not come out the same.
  if (!(id < FIRST_BAD_ID) || !name.startsWith(`${id >>> 0}/`)) return undefined;
  const key = keyIn(name, at + 1);
  return key === undefined ? undefined : { id, key };
}

/** @returns {string | undefined} */
function keyIn(name, at) {
  let key = "";
  while (at < name.length) {
    const escape = name.indexOf("%", at);
    const plain = name.slice(at, escape < 0 ? undefined : escape);
    if (/[^ -~]/.test(plain)) return undefined;
    key += plain;
    if (escape < 0) return key;
    const byte = parseInt(name.slice(escape + 1, escape + 3), 16);
    if (IN_NAME[byte] !== name.slice(escape, escape + 3)) return undefined;
    key += String.fromCharCode(byte);
    at = escape + 3;
  }
  return key;
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
  put64(record, record.length - SUM_SIZE, recordSum(name, record.subarray(0, -SUM_SIZE)));
  return record;
}

/** @returns {import("./checksum.mjs").Sum64} of a value under its name */
export const recordSum = (name, bytes) => checksum64(bytes, nameSum(name));

/** For names that are short, as most are: making an array for each would take longer than summing it. */
const nameRoom = new Uint8Array(128);

function nameSum(name) {
  if (name.length > nameRoom.length) return checksum64(encoder.encode(name));
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code > 127) return checksum64(encoder.encode(name));
    nameRoom[i] = code;
  }
  return checksum64(nameRoom, undefined, name.length);
}

/** @param {Total} total @param {Uint8Array} before what is under `name` now @returns {Total} without it */
const without = ({ count, sum }, name, before) => ({ count: count - 1, sum: subtract64(sum, recordSum(name, before)) });

/** @returns {Total} with `after` under a name that has nothing */
const plus = ({ count, sum }, name, after) => ({ count: count + 1, sum: add64(sum, recordSum(name, after)) });

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
  put64(header, 16, sum);
  put64(header, HEADER_SIZE - SUM_SIZE, recordSum(HEADER, header.subarray(0, -SUM_SIZE)));
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
  return { count: view.getFloat64(8, true), sum: get64(header, 16) };
}

function checkSum(name, record, store, seed) {
  if (record.length < 1 + SUM_SIZE) throw damaged(store, `record ${quoted(name)} is cut short`);
  if (!isIntact(name, record, seed)) throw damaged(store, `record ${quoted(name)} does not match its checksum`);
}

/**
 * @param {string} name @param {Uint8Array} record with its checksum at the end
 * @param {import("./checksum.mjs").Sum64} [seed] the checksum of the name, where it is known
 * @returns {boolean} whether it is right
 */
export function isIntact(name, record, seed = nameSum(name)) {
  const end = record.length - SUM_SIZE;
  return end >= 0 && equal64(get64(record, end), checksum64(record, seed, end));
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

const sumOf = (entries) => entries.reduce((sum, { seed, value }) => add64(sum, checksum64(value, seed)), ZERO);

async function readEntries(records, store, room) {
  const entries = records.map(([name, record]) => readEntry(name, record, store));
  const deflated = entries.filter(({ isDeflated }) => isDeflated);
  for (let at = 0; at < deflated.length; at += AT_ONCE) {
    await Promise.all(deflated.slice(at, at + AT_ONCE).map((entry) => inflateEntry(entry, store, room)));
  }
  return entries;
}

function readEntry(name, record, store) {
  const place = readName(name);
  if (!place) throw damaged(store, `record ${quoted(name)} has a name that is not one of ours`);
  const seed = nameSum(name);
  checkSum(name, record, store, seed);
  const flag = record[0];
  if (flag > DEFLATED) throw unknownVersion(store, `record ${quoted(name)} is of form ${flag}`);
  const value = record.slice(1, -SUM_SIZE);
  return { id: place.id, key: place.key, name, seed, value, isDeflated: flag === DEFLATED };
}

async function inflateEntry(entry, store, room) {
  const { name } = entry;
  try {
    entry.value = await inflate(entry.value, room);
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
