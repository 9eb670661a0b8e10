// Values as messages for lua.wasm (docs/abi.md section 9): what results.ts reads, the other way. Without recursion. It knows
// external tables by their ids, and functions by what Lua knows them by.
import { u32At } from "../bytes/byte-string.ts";
import { encoder } from "../bytes/utf8.ts";
import { BACK_REFERENCE, BOOLEAN, FLOAT, HELD, INLINE, INTEGER, NAMED, NIL, STRING, TABLE } from "../core/ids.ts";
import { LONE_SURROGATE, type Refs, kindOf } from "./codec.ts";
import { describe, instead } from "./describe.ts";
import { fieldsOf, showStep } from "./graph.ts";

/** What of JavaScript stands for something that Lua has. */
export interface Known extends Pick<Refs, "idOf"> {
  /** Of a function: the reference that it is held by, or its name among those of the host. */
  functionOf(value: unknown): number | string | undefined;
  /** Of an object that is exposed: its token. */
  tokenOf?(value: unknown): string | undefined;
}

/** The key of such a token, in a table that has nothing else. */
export const TOKEN_KEY = "\0exposed";
const TOKEN_KEY_BYTES = encoder.encode(TOKEN_KEY);

/** Whether a message has such a key. */
export function hasToken(message: Uint8Array): boolean {
  for (let at = message.indexOf(0); at >= 0; at = message.indexOf(0, at + 1)) {
    if (TOKEN_KEY_BYTES.every((byte, i) => message[at + i] === byte)) return true;
  }
  return false;
}

/** Shorter strings are written faster by a loop. */
const SHORT = 40;
/** Arrays that are longer may have more gaps than elements. */
const LONG_ARRAY = 100_000;
/** Steps shown of a long path. */
const SHOWN = 10;
/** A message that was so long does not keep its room. */
const KEPT_ROOM = 1024 * 1024;

/** A table being written. */
interface Open {
  /** Keys and values by turns. */
  fields: unknown[];
  at: number;
  isArray: boolean;
  /** Where its number of pairs is, and that. */
  countAt: number;
  count: number;
}

/** Writes one message after another; the bytes of one are good until the next begins. */
export class MessageWriter {
  readonly #known: Known;
  /** Bytes that a message may have, and the error for more. */
  readonly #limit: number;
  readonly #tooLong: (limit: number) => Error;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  #words: DataView = new DataView(this.#bytes.buffer);
  #at = 0;
  #seen: Map<unknown, number> | null = null;
  /** What null is: nil, unless the function of this name stands for it. */
  nullName: string | null = null;
  /** Whether the message has tokens of exposed objects. */
  hasTokens = false;

  constructor(known: Known, limit: number = Infinity, tooLong: (limit: number) => Error = () => new Error("too long")) {
    this.#known = known;
    this.#limit = limit;
    this.#tooLong = tooLong;
  }

  /** Begins a message of so many values. @param tag a byte before it */
  begin(count: number, tag?: number): this {
    this.#at = 0;
    this.#seen = null;
    this.hasTokens = false;
    if (this.#bytes.length > KEPT_ROOM) this.#grow(1024);
    if (tag !== undefined) this.#bytes[this.#at++] = tag;
    this.#word(count);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Values that are encoded already: all of a message but its count. */
  encoded(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  nil(): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = NIL;
    return this;
  }

  boolean(value: boolean): this {
    this.#reserve(2);
    this.#bytes[this.#at++] = BOOLEAN;
    this.#bytes[this.#at++] = value ? 1 : 0;
    return this;
  }

  /** @param value -0 is a float, and what is no safe integer */
  number(value: number): this {
    this.#reserve(9);
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.#bytes[this.#at] = INTEGER;
      this.#words.setInt32(this.#at + 1, value | 0, true);
      this.#words.setInt32(this.#at + 5, Math.floor(value / 2 ** 32), true);
    } else {
      this.#bytes[this.#at] = FLOAT;
      this.#words.setFloat64(this.#at + 1, value, true);
    }
    this.#at += 9;
    return this;
  }

  /** Half surrogate pairs become U+FFFD. */
  text(value: string): this {
    return this.#text(STRING, value);
  }

  held(reference: number): this {
    this.#tagged(HELD, reference);
    return this;
  }

  /** The host's function of this name. */
  named(name: string): this {
    return this.#text(NAMED, name);
  }

  /**
   * Any value: as `LuaTable.set` takes them, and functions that Lua knows.
   * @param where it is, for messages
   * @throws {TypeError} naming the field that cannot be converted
   */
  value(value: unknown, where: string): this {
    const table = this.#one(value);
    if (table === false) throw refused(value, where);
    if (table !== null) this.#fields(table, where);
    return this;
  }

  /** Writes a value, of a table its head. @returns the table, null for anything else, false for what cannot be written */
  #one(value: unknown): Open | null | false {
    switch (typeof value) {
      case "number":
        this.number(value);
        return null;
      case "string":
        return this.#string(value);
      case "boolean":
        this.boolean(value);
        return null;
      case "undefined":
        this.nil();
        return null;
      case "bigint":
        return this.#bigint(value);
      case "function":
        return this.#function(value);
      case "object":
        return value === null ? this.#null() : this.#object(value);
    }
    return false;
  }

  #null(): null {
    if (this.nullName === null) this.nil();
    else this.named(this.nullName);
    return null;
  }

  #string(value: string): null | false {
    if (this.#short(STRING, value)) return null;
    if (LONE_SURROGATE.test(value)) return false;
    this.text(value);
    return null;
  }

  #bigint(value: bigint): null | false {
    if (BigInt.asIntN(64, value) !== value) return false;
    this.#reserve(9);
    this.#bytes[this.#at] = INTEGER;
    this.#words.setBigInt64(this.#at + 1, value, true);
    this.#at += 9;
    return null;
  }

  #function(value: unknown): null | false {
    const known = this.#known.functionOf(value);
    if (known === undefined) return false;
    if (typeof known === "number") this.held(known);
    else this.named(known);
    return null;
  }

  #object(value: object): Open | null | false {
    const seen = this.#seen?.get(value);
    if (seen !== undefined) {
      this.#tagged(BACK_REFERENCE, seen);
      return null;
    }
    const token = this.#known.tokenOf?.(value);
    if (token !== undefined) return this.#token(value, token);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== Array.prototype) {
      if (ArrayBuffer.isView(value) && kindOf(value) === "Uint8Array") {
        const bytes = value as Uint8Array;
        this.#tagged(STRING, bytes.length);
        this.encoded(bytes);
        return null;
      }
      const id = this.#known.idOf(value);
      if (id !== undefined) {
        this.#tagged(TABLE, id);
        return null;
      }
      if (this.#function(value) === null) return null;
    }
    const fields = listOf(value, prototype);
    return fields === undefined ? false : this.#table(value, fields);
  }

  #token(value: object, token: string): Open {
    this.hasTokens = true;
    return this.#table(value, [TOKEN_KEY, token]);
  }

  #table(value: object, fields: unknown[]): Open {
    this.#seen ??= new Map();
    this.#seen.set(value, this.#seen.size);
    const countAt = this.#at + 1;
    this.#tagged(INLINE, 0);
    return { fields, at: 0, isArray: Array.isArray(value), countAt, count: 0 };
  }

  #fields(table: Open, where: string): void {
    const open = [table];
    while (open.length > 0) {
      const { fields, at, countAt, count } = (table = open[open.length - 1]);
      if (at === fields.length) {
        this.#words.setUint32(countAt, count, true);
        open.pop();
        continue;
      }
      table.at += 2;
      const value = fields[at + 1];
      if (value === undefined || (value === null && this.nullName === null)) continue;
      table.count++;
      if (!this.#key(fields[at])) throw badKey(fields[at], pathOf(open, where, this.#known));
      const inner = this.#one(value);
      if (inner === false) throw refused(value, pathOf(open, where, this.#known));
      if (inner !== null) open.push(inner);
    }
  }

  /** @returns whether it can be one */
  #key(key: unknown): boolean {
    if (Number.isNaN(key) || key === undefined || key === null || typeof key === "function") return false;
    if (typeof key === "object" && this.#known.idOf(key) === undefined && kindOf(key) !== "Uint8Array") return false;
    return this.#one(key) === null;
  }

  #tagged(tag: number, number: number): void {
    this.#reserve(5);
    this.#bytes[this.#at] = tag;
    this.#words.setUint32(this.#at + 1, number, true);
    this.#at += 5;
  }

  #text(tag: number, value: string): this {
    if (this.#short(tag, value)) return this;
    const at = this.#at;
    // In UTF-8 a character of UTF-16 has three bytes at most.
    this.#reserve(5 + value.length);
    let written = encoder.encodeInto(value, this.#bytes.subarray(at + 5));
    if (written.read < value.length) {
      this.#reserve(5 + 3 * value.length);
      written = encoder.encodeInto(value, this.#bytes.subarray(at + 5));
    }
    this.#tagged(tag, written.written);
    this.#at += written.written;
    return this;
  }

  /** @returns false, with nothing written, when it is long or not ASCII */
  #short(tag: number, value: string): boolean {
    const { length } = value;
    if (length > SHORT) return false;
    const start = this.#at;
    this.#tagged(tag, length);
    this.#reserve(length);
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(at);
      if (code > 127) {
        this.#at = start;
        return false;
      }
      this.#bytes[this.#at++] = code;
    }
    return true;
  }

  #word(number: number): void {
    this.#reserve(4);
    this.#words.setUint32(this.#at, number, true);
    this.#at += 4;
  }

  #reserve(size: number): void {
    const end = this.#at + size;
    if (end <= this.#bytes.length) return;
    if (end > this.#limit) throw this.#tooLong(this.#limit);
    this.#grow(Math.min(2 * end, Math.max(this.#limit, 1024)));
  }

  #grow(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bytes;
    this.#words = new DataView(bytes.buffer);
  }
}

/** @returns keys and values by turns; undefined for what is not plain */
function listOf(value: object, prototype: unknown): unknown[] | undefined {
  const list: unknown[] = [];
  if (prototype === Array.prototype && (value as unknown[]).length < LONG_ARRAY) {
    const array = value as unknown[];
    for (let at = 0; at < array.length; at++) list.push(at + 1, array[at]);
    return list;
  }
  if (prototype === Object.prototype && Object.getOwnPropertySymbols(value).length === 0) {
    const object = value as Record<string, unknown>;
    if (kindOf(value) !== "Object") return undefined;
    for (const name of Object.keys(object)) list.push(name, object[name]);
    return list;
  }
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  for (const [key, field] of fields) list.push(key, field);
  return list;
}

function refused(value: unknown, where: string): TypeError {
  const advice = typeof value === "function" ? "a function of the option host, or a LuaFunction" : instead(value);
  return new TypeError(`cannot pass ${describe(value)} to Lua (${where}): pass ${advice}`);
}

const badKey = (key: unknown, where: string): TypeError =>
  new TypeError(`cannot use ${describe(key)} as a key in Lua (${where})`);

/** The way to the field that the innermost open table is at. */
function pathOf(open: Open[], where: string, refs: Pick<Refs, "idOf">): string {
  const steps = open.map(({ fields, at, isArray }) => showStep(isArray, fields[at - 2], refs));
  return steps.length > SHOWN ? `${where}...${steps.slice(-SHOWN).join("")}` : where + steps.join("");
}

/** What to know of a message that is passed on as it is. */
export interface Scanned {
  /** References of Lua functions in it. */
  references: number[];
  /** Whether something in it is only shown, and so cannot go back. */
  hasShown: boolean;
}

/** Bytes of values that are not counted, by tag. */
const SIZES: Record<number, number> = {
  [NIL]: 1,
  [BOOLEAN]: 2,
  [INTEGER]: 9,
  [FLOAT]: 9,
  [TABLE]: 5,
  [INLINE]: 5,
  [BACK_REFERENCE]: 5,
  [HELD]: 5,
};

/** @param message of lua.wasm @param from where its first value begins */
export function scan(message: Uint8Array, from: number = 4): Scanned {
  const found: Scanned = { references: [], hasShown: false };
  for (let at = from; at < message.length;) {
    const tag = message[at];
    if (tag === HELD) found.references.push(u32At(message, at + 1));
    if (tag > BACK_REFERENCE && tag < HELD) found.hasShown = true;
    at += SIZES[tag] ?? 5 + u32At(message, at + 1);
  }
  return found;
}
