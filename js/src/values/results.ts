// The messages `results` and `error` (docs/abi.md section 7) as JavaScript values. Strict: bytes that are not exactly
// one message are an Error. Time and memory are bounded by their number. It knows external tables by their ids only.
import { dataView } from "../bytes/byte-string.ts";
import { lenient, textOrBytes } from "../bytes/utf8.ts";
import { BOOLEAN, FLOAT, INTEGER, NIL, STRING, TABLE, isTableId } from "../core/ids.ts";
import { LuaOpaque } from "./opaque.ts";
import { type Plain, emptyFor, put } from "./plain.ts";
import type { LuaValue } from "./types.ts";

/** The tags of messages beside those of the wire format: a table with its fields, one that was there before, and text. */
const INLINE = 8;
const BACK_REFERENCE = 9;
const SHOWN = 10;

/** Makes the value for an external table. */
type View<Table> = (id: number) => Table;

/** The message `error`. */
export interface SaidError<Table> {
  message: string;
  traceback: string;
  line: number;
  value: LuaValue<Table>;
}

/**
 * nil becomes `undefined`; an integer a number, beyond 2^53 a BigInt; a float a number (3.0 and 3 are then the same); a
 * string a string, or a Uint8Array if it is not UTF-8; an external table the result of `view`; functions, coroutines and
 * userdata a LuaOpaque. A table becomes a copy without its metatable: an array when the keys are 1 to n (an empty one
 * too), an object when all are strings, otherwise a Map. The same table is the same object, so cycles are kept.
 * @throws {Error} malformed bytes
 */
export function decodeResults<Table>(message: Uint8Array, view: View<Table>): LuaValue<Table>[] {
  const reader = new Reader(message, view);
  const count = reader.count();
  if (count > reader.left) throw malformed("it has fewer values than it says");
  const values = Array.from({ length: count }, () => reader.value());
  return reader.finish(values) as LuaValue<Table>[];
}

/** Text has U+FFFD for bytes that are not UTF-8. @throws {Error} malformed bytes */
export function decodeError<Table>(message: Uint8Array, view: View<Table>): SaidError<Table> {
  const reader = new Reader(message, view);
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

const malformed = (fault: string): Error => new Error(`lua.wasm sent a message that cannot be read: ${fault}`);

/** A table of the message, while its fields are not all known. */
class Fields {
  /** Keys and values by turns. */
  list: unknown[] = [];
  /** The array, object or Map, once there is one. */
  made: Plain | null = null;
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
  #at = 0;
  /** In the order in which the message has them. */
  #tables: Fields[] = [];

  constructor(bytes: Uint8Array, view: View<unknown>) {
    this.#bytes = bytes;
    this.#words = dataView(bytes);
    this.#view = view;
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
    const open: Fields[] = [];
    const next = () => {
      const known = this.#tables.length;
      const value = this.#head();
      if (this.#tables.length > known) open.push(value as Fields);
      return value;
    };
    const value = next();
    while (open.length > 0) {
      const fields = open[open.length - 1];
      if (fields.isComplete) open.pop();
      else fields.list.push(next());
    }
    return value;
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
    }
    throw malformed(`it has a value of the unknown kind ${tag}`);
  }

  #boolean() {
    const byte = this.#bytes[this.#take(1)];
    if (byte > 1) throw malformed("a boolean in it is neither true nor false");
    return byte === 1;
  }

  #integer() {
    const integer = this.#words.getBigInt64(this.#take(8), true);
    const number = Number(integer);
    return Number.isSafeInteger(number) ? number : integer;
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

  /** Makes arrays, objects and Maps of the tables. @returns the values with these */
  finish(values: unknown[]): unknown[] {
    if (this.left > 0) throw malformed("it has more bytes than it says");
    for (const fields of this.#tables) fields.made = emptyTable(fields);
    for (const fields of this.#tables) fill(fields);
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
