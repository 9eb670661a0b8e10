// A view of an external table, live and like a Map, and the types of values: what a run gives back, what tables have, and what
// can be stored in one. It knows keys and values, and nothing of the catalogue.
import type { ExternalTables } from "../core/external-tables.ts";
import { isNil } from "../core/ids.ts";
import { type Refs, encodeKey } from "./codec.ts";
import { describe } from "./describe.ts";
import { INSPECT, fieldsOf, readValue } from "./fields.ts";
import type { LuaOpaque } from "./opaque.ts";
import { show, toJson, toObject } from "./plain.ts";

/** A value that a run gives: see {@link LuaSession.run}. `Table` stands for external tables. */
export type LuaValue<Table = LuaTable> =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Table
  | LuaOpaque
  | LuaArray<Table>
  | LuaRecord<Table>
  | LuaMap<Table>;
export interface LuaArray<Table = LuaTable> extends Array<LuaValue<Table>> {}
export interface LuaRecord<Table = LuaTable> {
  [name: string]: LuaValue<Table>;
}
export interface LuaMap<Table = LuaTable> extends Map<LuaValue<Table>, LuaValue<Table>> {}

/** A value in an external table, read by JavaScript. */
export type LuaTableValue = boolean | number | bigint | string | Uint8Array | LuaTable;
export type LuaTableKey = LuaTableValue;
/** A value that can be stored; plain objects, arrays and Maps by value. `undefined` and `null` are absent, as nil is. */
export type LuaStorable =
  | LuaTableValue
  | null
  | undefined
  | readonly LuaStorable[]
  | ReadonlyMap<LuaTableKey, LuaStorable>
  | { readonly [name: string]: LuaStorable };
/** `V` if all of it can be stored. Interfaces pass, too, though the compiler does not take them for a {@link LuaStorable}. */
export type LuaStored<V> = V extends LuaStorable
  ? V
  : V extends Date
    ? LuaUnstorable<"pass a number or a string, for example date.toISOString()">
    : V extends ReadonlyMap<infer Key, infer Value>
      ? ReadonlyMap<Key & LuaTableKey, LuaStored<Value>>
      : V extends ReadonlySet<unknown>
        ? LuaUnstorable<"pass an array, for example [...set]">
        : V extends symbol | ((...args: any) => unknown) | (abstract new (...args: any) => unknown)
          ? LuaUnstorable<"pass data: a table here holds no functions and no symbols">
          : V extends RegExp | Error | PromiseLike<unknown> | ArrayBuffer | ArrayBufferView
            ? LuaUnstorable<"pass a plain object, an array, a Map, a string or a Uint8Array">
            : { readonly [Name in keyof V]: LuaStored<V[Name]> };
/** The compiler's message for a value that cannot be stored. */
export interface LuaUnstorable<Advice extends string> {
  readonly instead: Advice;
}

/** What views are of: the external tables of one LuaPersistent. */
export interface Views extends Refs {
  readonly tables: ExternalTables;
  /** Stores any value, or nothing of it. @param key as messages show it */
  put(id: number, wire: string, value: unknown, key: unknown): void;
  empty(id: number): void;
}

/** Copying field by field (structuredClone, `{...table}`) would silently give nothing. */
const NO_FIELDS = {
  enumerable: true,
  get(this: LuaTable): never {
    throw new TypeError(`external table ${this.id}: a view cannot be copied or sent, take its toObject()`);
  },
};

/**
 * An external table: reading gives the value that Lua wrote last, and Lua sees a value written here at once.
 *
 * A value read is a boolean, a number (a BigInt for an integer beyond 2^53), a string (a Uint8Array when it is not
 * UTF-8), or a view; Lua's 3.0 reads as 3. Written, a number is an integer in Lua when it is a safe one, otherwise
 * (1.5, -0, 2 ** 60) a float. Plain objects, arrays (from 1 on) and Maps are stored by value as new tables, shared
 * references and cycles kept; views by reference. `undefined` and `null` are absent, as nil is: a key that is set to
 * one is deleted, a field is left out, an element leaves a gap.
 * Keys are the same. A value that cannot be one (NaN, a function) is absent when read.
 *
 * A view stands for an id. A view of an opened LuaPersistent keeps its table from the sweep. One of a plain LuaPersistent does
 * not, because its module sweeps and does not know views: the id of a swept table may become another's.
 */
export class LuaTable implements Iterable<[LuaTableKey, LuaTableValue]> {
  #views: Views;
  readonly #id: number;

  private constructor(views: Views, id: number) {
    this.#views = views;
    this.#id = id;
    Object.defineProperty(this, "contents", NO_FIELDS);
  }

  /** @internal */
  static make(views: Views, id: number): LuaTable {
    return new LuaTable(views, id);
  }

  /** @internal Every use of it is an error from now on. @param views gives that */
  static retire(table: LuaTable, views: Views): void {
    table.#views = views;
  }

  /** @internal @returns the id of a view among `views`; undefined for everything else */
  static idOf(value: object, views: Views): number | undefined {
    return #id in value && value.#views === views ? value.#id : undefined;
  }

  /** The number that the host and `ext.id` know the table by. */
  get id(): number {
    return this.#id;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#views.tables.size(this.#id);
  }

  /** @throws {Error} the stored bytes cannot be read */
  get(key: LuaTableKey): LuaTableValue | undefined {
    const wire = encodeKey(key, this.#views);
    return wire === undefined
      ? undefined
      : (readValue(this.#views.tables, this.#id, wire, key, this.#views) as LuaTableValue | undefined);
  }

  /** @returns whether Lua would not read nil */
  has(key: LuaTableKey): boolean {
    const wire = encodeKey(key, this.#views);
    const bytes = wire === undefined ? undefined : this.#views.tables.get(this.#id, wire);
    return bytes !== undefined && !isNil(bytes);
  }

  /** @throws {Error} naming the field that cannot be stored; then nothing has changed */
  set<V>(key: LuaTableKey, value: V & LuaStored<V>): this {
    const wire = encodeKey(key, this.#views);
    if (wire === undefined) throw new Error(`external table ${this.#id}: cannot use ${describe(key)} as a key`);
    if (value === undefined || value === null) this.#views.tables.delete(this.#id, wire);
    else this.#views.put(this.#id, wire, value, key);
    return this;
  }

  /** @returns whether there was such a key */
  delete(key: LuaTableKey): boolean {
    const wire = encodeKey(key, this.#views);
    return wire !== undefined && this.#views.tables.delete(this.#id, wire);
  }

  clear(): void {
    this.#views.empty(this.#id);
  }

  /** The fields that were there when it began, without those deleted since. */
  entries(): IterableIterator<[LuaTableKey, LuaTableValue]> {
    return fieldsOf(this.#views.tables, this.#id, this.#views) as IterableIterator<[LuaTableKey, LuaTableValue]>;
  }

  *keys(): IterableIterator<LuaTableKey> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): IterableIterator<LuaTableValue> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[LuaTableKey, LuaTableValue]> {
    return this.entries();
  }

  forEach(call: (value: LuaTableValue, key: LuaTableKey, table: LuaTable) => void, self?: unknown): void {
    for (const [key, value] of this.entries()) call.call(self, value, key, this);
  }

  /**
   * A plain copy of all of it, tables inside too: an array when the keys are 1 to n (an empty one too), an object when
   * all are strings, otherwise a Map. The same table is the same object, so cycles are kept.
   */
  toObject(): LuaValue<never> {
    return toObject(this.#views.tables, this.#id) as LuaValue<never>;
  }

  /**
   * For JSON.stringify: the contents, as arrays and objects. Keys become text; a table with integer keys of which at most
   * half are missing is an array with null for those.
   * @throws {TypeError} two keys are the same text, or one is a table
   */
  toJSON(): unknown {
    return toJson(this.#views.tables, this.#id);
  }

  /** The form that Node's console shows. @param depth levels that are left @internal */
  [INSPECT](depth: number | null): unknown {
    if (depth !== null && depth < 0) return "[LuaTable]";
    try {
      return show(this.#views.tables, this.#id, depth ?? Infinity);
    } catch ({ message }) {
      return `[LuaTable: ${message}]`;
    }
  }
}
