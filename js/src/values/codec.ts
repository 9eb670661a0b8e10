// The wire format of keys and values (docs/abi.md section 6), for JavaScript values: pure functions, which know tables by
// their ids only. A key is a byte string (one character per byte), a value a Uint8Array. src/codec.rs is the same in Rust.
import { byteString, bytesOf, dataView } from "../bytes/byte-string.ts";
import { encoder, textOrBytes } from "../bytes/utf8.ts";
import { BOOLEAN, CLOSURE, FLOAT, FUNCTION, INTEGER, NIL, STRING, TABLE, isTableId } from "../core/ids.ts";

/** Finds views of tables, and their ids. */
export interface Refs {
  /** The id of a view; undefined for everything else. */
  idOf(value: object | null): number | undefined;
  /** The view of a table. */
  view(id: number): unknown;
}

/** A string whose first byte is this one or larger is its own bytes as a key. */
const RAW = 8;
/** Bytes of everything that is not a string, by tag. */
const SIZES: Record<number, number> = { [NIL]: 1, [BOOLEAN]: 2, [INTEGER]: 9, [FLOAT]: 9, [TABLE]: 5 };
const STRING_HEADER = 5;
/** A string that is its own key. */
const ASCII_KEY = /^[\x08-\x7f][\0-\x7f]*$/;
export const LONE_SURROGATE = /\p{Cs}/u;

/** Bytes that cannot be read. */
export class Fault extends Error {
  /** A function of an older build, rather than damage. */
  readonly isFunction: boolean;

  constructor(isFunction = false) {
    super(isFunction ? "a function of an older build" : "malformed");
    this.isFunction = isFunction;
  }
}

/** Where fixed-size values are put together, before they are copied. */
const scratch = new Uint8Array(9);
const words = new DataView(scratch.buffer);

function take(tag: number): Uint8Array {
  scratch[0] = tag;
  return scratch.slice(0, SIZES[tag]);
}

/** @param value a safe integer */
function integer(value: number): Uint8Array {
  words.setUint32(1, value >>> 0, true);
  words.setInt32(5, Math.floor(value / 2 ** 32), true);
  return take(INTEGER);
}

function bigInteger(value: bigint): Uint8Array {
  words.setBigInt64(1, value, true);
  return take(INTEGER);
}

function float(value: number): Uint8Array {
  words.setFloat64(1, value, true);
  return take(FLOAT);
}

export function encodeTable(id: number): Uint8Array {
  words.setUint32(1, id, true);
  return take(TABLE);
}

function string(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(STRING_HEADER + content.length);
  bytes[0] = STRING;
  new DataView(bytes.buffer).setUint32(1, content.length, true);
  bytes.set(content, STRING_HEADER);
  return bytes;
}

/** The tag of Object.prototype.toString, which is the same in every frame. */
export const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** @returns undefined for anything but a boolean, number, string or table, and for a number that does not fit */
export function encodeValue(value: unknown, refs: Refs): Uint8Array | undefined {
  switch (typeof value) {
    case "boolean":
      return Uint8Array.of(BOOLEAN, Number(value));
    case "bigint":
      return BigInt.asIntN(64, value) === value ? bigInteger(value) : undefined;
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? integer(value) : float(value);
    case "string":
      return LONE_SURROGATE.test(value) ? undefined : string(encoder.encode(value));
    case "object": {
      if (ArrayBuffer.isView(value) && kindOf(value) === "Uint8Array") return string(value as Uint8Array);
      const id = refs.idOf(value);
      return id === undefined ? undefined : encodeTable(id);
    }
  }
}

/** @returns undefined for a value that cannot be a key */
export function encodeKey(key: unknown, refs: Refs): string | undefined {
  if (typeof key === "string" && ASCII_KEY.test(key)) return key;
  if (Number.isNaN(key as number)) return undefined;
  // As in Lua, a float that is equal to an integer is that integer.
  const isInteger = typeof key === "number" && Number.isInteger(key) && key >= -(2 ** 63) && key < 2 ** 63;
  const bytes = Number.isSafeInteger(key)
    ? integer(key as number)
    : encodeValue(isInteger ? BigInt(key as number) : key, refs);
  if (!bytes) return undefined;
  return byteString(bytes[0] === STRING && bytes[STRING_HEADER] >= RAW ? bytes.subarray(STRING_HEADER) : bytes);
}

/** @returns undefined for nil @throws {Fault} */
export function decodeValue(bytes: Uint8Array, refs: Refs): unknown {
  const view = dataView(bytes);
  const tag = bytes[0];
  if (tag === FUNCTION || tag === CLOSURE) throw new Fault(true);
  const isString = tag === STRING && bytes.length >= STRING_HEADER;
  const size = isString ? STRING_HEADER + view.getUint32(1, true) : SIZES[tag];
  if (bytes.length !== size) throw new Fault();
  if (isString) return textOrBytes(bytes.subarray(STRING_HEADER));
  if (tag === INTEGER) return readInteger(view);
  if (tag === FLOAT) return view.getFloat64(1, true);
  if (tag === TABLE) return viewOf(view.getUint32(1, true), refs);
  if (tag === NIL) return undefined;
  if (bytes[1] > 1) throw new Fault();
  return bytes[1] === 1;
}

/** A bigint only beyond 2^53. */
function readInteger(view: DataView): number | bigint {
  const number = view.getInt32(5, true) * 2 ** 32 + view.getUint32(1, true);
  return Number.isSafeInteger(number) ? number : view.getBigInt64(1, true);
}

function viewOf(id: number, refs: Refs): unknown {
  if (!isTableId(id)) throw new Fault();
  return refs.view(id);
}

/** @throws {Fault} also when the key is not in the one form it is written in */
export function decodeKey(key: string, refs: Refs): unknown {
  if (ASCII_KEY.test(key)) return key;
  const bytes = bytesOf(key);
  if (bytes[0] >= RAW) return textOrBytes(bytes);
  const value = decodeValue(bytes, refs);
  if (encodeKey(value, refs) !== key) throw new Fault();
  return value;
}

/** A key as messages show it: `'name'`, `[1]`, `[external table 2]`. */
export function showKey(key: unknown, refs: Pick<Refs, "idOf">): string {
  if (typeof key === "string") return key.length > 60 ? `'${key.slice(0, 60)}...'` : `'${key}'`;
  if (typeof key !== "object" || key === null) return `[${String(key)}]`;
  const id = refs.idOf(key);
  return id === undefined ? `[${kindOf(key)}]` : `[external table ${id}]`;
}
