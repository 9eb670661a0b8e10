// The format of a store's records: names and checksums; header.ts has what sums them up. A flipped byte, a lost, added or
// swapped record and a torn commit are all noticed. It knows no kind of store.
import { type Sum64, ZERO, add64, checksum64, equal64, get64, put64, subtract64 } from "../bytes/checksum.ts";
import { type Room, canDeflate, deflate, inflate } from "../bytes/compress.ts";
import { SERVICES } from "../core/ids.ts";
import { damaged, unknownVersion } from "./refusals.ts";
import { StoreError } from "./store-error.ts";

/** The name of the one record that sums up all others. Every commit writes it, as its last change. */
export const HEADER = "header";

/** Bytes of the checksum at the end of each. */
export const SUM_SIZE = 8;
const PLAIN = 0;
const DEFLATED = 1;
/** Bytes; a shorter value is stored as it is. */
const LEAST_TO_DEFLATE = 4096;
/** How many values are inflated at once. */
const AT_ONCE = 16;

/** Of some records: how many there are, and the sum of the checksums of their plain values. */
export interface Total {
  readonly count: number;
  readonly sum: Sum64;
}

/** A change of one key between two commits. Both are plain values, undefined for none. */
export interface Change {
  name: string;
  before?: Uint8Array;
  after?: Uint8Array;
}

/** A key with its value. */
export interface StoredValue {
  id: number;
  key: string;
  value: Uint8Array;
}

/** A record whose own checksum is right. */
export interface ReadRecord {
  name: string;
  value: Uint8Array;
  /** The checksum of the name. */
  seed: Sum64;
  isDeflated: boolean;
}

/** Bytes that values may have, those that were read included. */
export interface ReadingRoom extends Room {
  limit: number;
}

/** Of a store that has no records. */
export const NOTHING: Total = Object.freeze({ count: 0, sum: ZERO });

/** The text that stands for each byte of a key in a record's name. */
const IN_NAME = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return /[ -$&-~]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/**
 * `1/counter`: printable ASCII, every other byte of the key and `%` as `%0A`.
 * @param id of a table
 * @param key a byte string
 */
export function recordName(id: number, key: string) {
  let name = `${id}/`;
  for (let i = 0; i < key.length; i++) name += IN_NAME[key.charCodeAt(i)];
  return name;
}

/** @returns undefined for a name that `recordName` does not make */
export function readName(name: string): { id: number; key: string } | undefined {
  const at = name.indexOf("/");
  const id = Number(name.slice(0, at));
  // A slash that is missing, or a number written in another way, does not come out the same.
  if (!(id < SERVICES) || !name.startsWith(`${id >>> 0}/`)) return undefined;
  const key = keyIn(name, at + 1);
  return key === undefined ? undefined : { id, key };
}

function keyIn(name: string, at: number): string | undefined {
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

/** @returns flag, payload, and a checksum over name, flag and payload; never `value` */
export function encodeRecord(name: string, value: Uint8Array): Uint8Array | Promise<Uint8Array> {
  return value.length > LEAST_TO_DEFLATE && canDeflate() ? encodeLarge(name, value) : frame(name, PLAIN, value);
}

async function encodeLarge(name: string, value: Uint8Array) {
  const smaller = await deflate(value);
  return smaller.length < value.length ? frame(name, DEFLATED, smaller) : frame(name, PLAIN, value);
}

function frame(name: string, flag: number, payload: Uint8Array) {
  const record = new Uint8Array(1 + payload.length + SUM_SIZE);
  record[0] = flag;
  record.set(payload, 1);
  put64(record, record.length - SUM_SIZE, recordSum(name, record, record.length - SUM_SIZE));
  return record;
}

/** @param length how many of the bytes count @returns of a value under its name */
export const recordSum = (name: string, bytes: Uint8Array, length?: number): Sum64 =>
  checksum64(bytes, nameSum(name), length);

/** For names that are short, as most are: making an array for each would take longer than summing it. */
const nameRoom = new Uint8Array(128);

function nameSum(name: string) {
  if (name.length > nameRoom.length) return checksum64(encoder.encode(name));
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code > 127) return checksum64(encoder.encode(name));
    nameRoom[i] = code;
  }
  return checksum64(nameRoom, undefined, name.length);
}

/** @param less of a record that is in it @returns the total without it */
export const without = ({ count, sum }: Total, less: Sum64): Total => ({
  count: count - 1,
  sum: subtract64(sum, less),
});

/** @param more of a record that is not in it @returns the total with it */
export const plus = ({ count, sum }: Total, more: Sum64): Total => ({ count: count + 1, sum: add64(sum, more) });

/**
 * @param changes plain values; undefined for none
 * @returns the total after them
 */
export function totalAfter(total: Total, changes: Change[]): Total {
  for (const { name, before, after } of changes) {
    if (before) total = without(total, recordSum(name, before));
    if (after) total = plus(total, recordSum(name, after));
  }
  return total;
}

/** @throws {StoreError} "damaged" */
export function checkSum(name: string, record: Uint8Array, store: string, seed?: Sum64) {
  if (record.length < 1 + SUM_SIZE) throw damaged(store, `record ${quoted(name)} is cut short`);
  if (!isIntact(name, record, seed)) throw damaged(store, `record ${quoted(name)} does not match its checksum`);
}

/**
 * @param record with its checksum at the end
 * @param seed the checksum of the name, where it is known
 * @returns whether it is right
 */
export function isIntact(name: string, record: Uint8Array, seed: Sum64 = nameSum(name)): boolean {
  const end = record.length - SUM_SIZE;
  return end >= 0 && equal64(get64(record, end), checksum64(record, seed, end));
}

/** Replaces what is compressed by its plain values. */
export async function inflateAll(records: ReadRecord[], store: string, room: ReadingRoom): Promise<void> {
  const deflated = records.filter(({ isDeflated }) => isDeflated);
  for (let at = 0; at < deflated.length; at += AT_ONCE) {
    await Promise.all(deflated.slice(at, at + AT_ONCE).map(record => inflateRecord(record, store, room)));
  }
}

/** @returns its value, compressed still @throws {StoreError} "damaged", "version" */
export function readRecord(name: string, record: Uint8Array, store: string): ReadRecord {
  const seed = nameSum(name);
  checkSum(name, record, store, seed);
  const flag = record[0];
  if (flag > DEFLATED) throw unknownVersion(store, `record ${quoted(name)} is of form ${flag}`);
  return { name, seed, value: record.slice(1, -SUM_SIZE), isDeflated: flag === DEFLATED };
}

async function inflateRecord(entry: ReadRecord, store: string, room: ReadingRoom) {
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

/** @returns a name for a message: foreign ones may be long and of anything */
export const quoted = (name: string): string => `'${name.length > 80 ? `${name.slice(0, 80)}...` : name}'`;

const encoder = new TextEncoder();
