// The messages `results` and `error` (docs/abi.md section 7) as JavaScript values. Strict: bytes that are not exactly
// one message are an Error. Time and memory are bounded by their number. It knows external tables by their ids only.
import { dataView, u32At } from "../bytes/byte-string.ts";
import { lenient, textOrBytes } from "../bytes/utf8.ts";
import {
  BACK_REFERENCE,
  BOOLEAN,
  FLOAT,
  HELD,
  INLINE,
  INTEGER,
  NAMED,
  NIL,
  SHOWN,
  STRING,
  TABLE,
  isTableId,
} from "../core/ids.ts";
import { TOKEN_KEY } from "./message-scan.ts";
import { LuaOpaque } from "./opaque.ts";
import { type Plain, emptyFor, put } from "./plain.ts";
import type { LuaValue } from "./types.ts";

/** Makes the value for an external table. */
type View<Table> = (id: number) => Table;

/** What becomes of functions. */
export interface FunctionViews {
  /** Of Lua, held by this reference. */
  held(reference: number): unknown;
  /** Of the host. */
  named(name: string): unknown;
  /** Of the object of a token, which stands for it in a table of its own. */
  exposed?(token: unknown): object | undefined;
}

/** For whom a function is only what it was. */
const SHOWN_ONLY: FunctionViews = {
  held: reference => new LuaOpaque(`function: ${reference}`),
  named: name => new LuaOpaque(`function: host.${name}`),
};

/** The message `error`. */
export interface SaidError<Table> {
  message: string;
  traceback: string;
  line: number;
  value: LuaValue<Table>;
}

/**
 * What Lua values become: nil `undefined`; integers a number, beyond 2^53 a BigInt; floats a number (3.0 and 3 are the
 * same then); strings a string, or a Uint8Array when they are not UTF-8; external tables what `view` gives; functions
 * what `functions` gives; coroutines and userdata a LuaOpaque. A table is a copy, its metatable left out: with the keys 1 to n an array, empty too;
 * with strings as keys an object; otherwise a Map. The same table is the same object, so cycles are kept.
 * @throws {Error} malformed bytes
 */
export function decodeResults<Table>(
  message: Uint8Array,
  view: View<Table>,
  functions: FunctionViews = SHOWN_ONLY,
): LuaValue<Table>[] {
  const few = scalars(message);
  if (few) return few as LuaValue<Table>[];
  const reader = new Reader(message, view, functions);
  const count = reader.count();
  if (count > reader.left) throw malformed("it has fewer values than it says");
  const values: unknown[] = [];
  for (let left = count; left > 0; left--) values.push(reader.value());
  return reader.finish(values) as LuaValue<Table>[];
}

/** Text has U+FFFD for bytes that are not UTF-8. @throws {Error} malformed bytes */
export function decodeError<Table>(
  message: Uint8Array,
  view: View<Table>,
  functions: FunctionViews = SHOWN_ONLY,
): SaidError<Table> {
  const reader = new Reader(message, view, functions);
  const texts = [reader.text(), reader.text()];
  const line = reader.value();
  const [value] = reader.finish([reader.value()]);
  if (typeof line !== "number" || !Number.isInteger(line)) throw malformed("its line is not an integer");
  return { message: texts[0], traceback: texts[1], line, value: value as LuaValue<Table> };
}

/**
 * The code that a script gave to `os.exit`: 0 for true and for none, 1 for false.
 * @param message `error`
 * @returns undefined if it ended in another way
 */
export function exitCode(message: Uint8Array): number | bigint | undefined {
  const { message: text, value } = decodeError(message, () => null);
  if (text !== "exit") return undefined;
  if (typeof value === "boolean") return value ? 0 : 1;
  return typeof value === "number" || typeof value === "bigint" ? value : undefined;
}

/** Where the bytes of a float are read. */
const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);
const isLittleEndian = /* @__PURE__ */ new Uint8Array(/* @__PURE__ */ Uint16Array.of(1).buffer)[0] === 1;

/** Most messages are a few values, none of them a table. @returns undefined when there is anything else, or a fault */
function scalars(bytes: Uint8Array): unknown[] | undefined {
  const { length } = bytes;
  const count = u32At(bytes, 0);
  if (count > length) return undefined;
  // One that grows has room for more than most have values.
  const values = new Array<unknown>(count);
  let at = 4;
  for (let i = 0; i < count; i++) {
    switch (bytes[at]) {
      case NIL:
        values[i] = undefined;
        at += 1;
        break;
      case BOOLEAN:
        if (bytes[at + 1] > 1) return undefined;
        values[i] = bytes[at + 1] === 1;
        at += 2;
        break;
      case INTEGER: {
        const number = (u32At(bytes, at + 5) | 0) * 2 ** 32 + u32At(bytes, at + 1);
        if (!Number.isSafeInteger(number)) return undefined;
        values[i] = number;
        at += 9;
        break;
      }
      case FLOAT:
        if (!isLittleEndian) return undefined;
        for (let j = 0; j < 8; j++) floatBytes[j] = bytes[at + 1 + j];
        values[i] = float[0];
        at += 9;
        break;
      case STRING: {
        const end = at + 5 + u32At(bytes, at + 1);
        if (end > length) return undefined;
        values[i] = textOrBytes(bytes.subarray(at + 5, end));
        at = end;
        break;
      }
      default:
        return undefined;
    }
    if (at > length) return undefined;
  }
  return at === length ? values : undefined;
}

const malformed = (fault: string): Error => new Error(`lua.wasm sent a message that cannot be read: ${fault}`);

/** A table of the message, while its fields are not all known. */
class Fields {
  /** Keys and values by turns. */
  list: unknown[] = [];
  /** The array, object or Map, once there is one. */
  made: Plain | null = null;
  isExposed = false;
  readonly pairs: number;

  constructor(pairs: number) {
    this.pairs = pairs;
  }

  get isComplete() {
    return this.list.length === 2 * this.pairs;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #words: DataView;
  readonly #view: View<unknown>;
  readonly #functions: FunctionViews;
  #at = 0;
  /** In the order in which the message has them. */
  #tables: Fields[] = [];

  constructor(bytes: Uint8Array, view: View<unknown>, functions: FunctionViews) {
    this.#bytes = bytes;
    this.#words = dataView(bytes);
    this.#view = view;
    this.#functions = functions;
  }

  /** How many bytes have not been read. */
  get left() {
    return this.#bytes.length - this.#at;
  }

  /** Passes over `size` bytes. @returns where they begin */
  #take(size: number): number {
    if (size > this.left) throw malformed("it is cut short");
    this.#at += size;
    return this.#at - size;
  }

  count(): number {
    return this.#words.getUint32(this.#take(4), true);
  }

  #counted(): Uint8Array {
    const length = this.count();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    if (this.#bytes[this.#take(1)] !== STRING) throw malformed("its text is not a string");
    return lenient.decode(this.#counted());
  }

  /** Without recursion: tables may be as deep as the message is long. @returns Fields for a table */
  value(): unknown {
    const known = this.#tables.length;
    const value = this.#head();
    if (this.#tables.length > known) this.#fields([value as Fields]);
    return value;
  }

  /** @param open tables whose fields follow, the innermost last */
  #fields(open: Fields[]): void {
    while (open.length > 0) {
      const fields = open[open.length - 1];
      if (fields.isComplete) open.pop();
      else {
        const known = this.#tables.length;
        const value = this.#head();
        fields.list.push(value);
        if (this.#tables.length > known) open.push(value as Fields);
      }
    }
  }

  /** One value; of a table that begins here, its number of pairs. */
  #head() {
    const tag = this.#bytes[this.#take(1)];
    switch (tag) {
      case NIL:
        return undefined;
      case BOOLEAN:
        return this.#boolean();
      case INTEGER:
        return this.#integer();
      case FLOAT:
        return this.#words.getFloat64(this.#take(8), true);
      case STRING:
        return textOrBytes(this.#counted());
      case TABLE:
        return this.#external();
      case INLINE:
        return this.#inline();
      case BACK_REFERENCE:
        return this.#reference();
      case SHOWN:
        return new LuaOpaque(lenient.decode(this.#counted()));
      case HELD:
        return this.#functions.held(this.count());
      case NAMED:
        return this.#functions.named(lenient.decode(this.#counted()));
    }
    throw malformed(`it has a value of the unknown kind ${tag}`);
  }

  #boolean() {
    const byte = this.#bytes[this.#take(1)];
    if (byte > 1) throw malformed("a boolean in it is neither true nor false");
    return byte === 1;
  }

  #integer() {
    const at = this.#take(8);
    const number = this.#words.getInt32(at + 4, true) * 2 ** 32 + this.#words.getUint32(at, true);
    return Number.isSafeInteger(number) ? number : this.#words.getBigInt64(at, true);
  }

  #external() {
    const id = this.count();
    if (!isTableId(id)) throw malformed(`no external table has the id ${id}`);
    return this.#view(id);
  }

  #inline() {
    const pairs = this.count();
    // Two bytes are the least that a pair can have.
    if (2 * pairs > this.left) throw malformed("a table in it has fewer fields than it says");
    const fields = new Fields(pairs);
    this.#tables.push(fields);
    return fields;
  }

  #reference() {
    const number = this.count();
    if (number >= this.#tables.length) throw malformed("it refers to a table that it does not have");
    return this.#tables[number];
  }

  #exposed(fields: Fields): Plain | undefined {
    const { list } = fields;
    const object = list.length === 2 && list[0] === TOKEN_KEY ? this.#functions.exposed?.(list[1]) : undefined;
    fields.isExposed = object !== undefined;
    return object as Plain | undefined;
  }

  /** Makes arrays, objects and Maps of the tables. @returns the values with these */
  finish(values: unknown[]): unknown[] {
    if (this.left > 0) throw malformed("it has more bytes than it says");
    if (this.#tables.length === 0) return values;
    for (const fields of this.#tables) fields.made = this.#exposed(fields) ?? emptyTable(fields);
    for (const fields of this.#tables) if (!fields.isExposed) fill(fields);
    return values.map(made);
  }
}

const made = (value: unknown): unknown => (value instanceof Fields ? value.made : value);

function emptyTable({ list }: Fields): Plain {
  for (let at = 0; at < list.length; at += 2) {
    if (list[at] === undefined || Number.isNaN(list[at] as number))
      throw malformed("a table in it has a key that is none");
  }
  return emptyFor(list);
}

function fill({ list, made: table }: Fields): void {
  for (let at = 0; at < list.length; at += 2) {
    if (list[at + 1] === undefined) throw malformed("a field in it is nil");
    if (!put(table!, made(list[at]), made(list[at + 1]))) throw malformed("a key in it is there twice");
  }
}
