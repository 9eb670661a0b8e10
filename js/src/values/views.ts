// Views: external tables for JavaScript, live and like a Map; and the part of the catalogue in table 0 that `lua.table`
// needs: src/ext/catalogue.rs does the same for Lua, and tests/web/table-names.test.mjs compares the two.
import type { ExternalTables } from "../core/external-tables.ts";
import { CATALOGUE, INTEGER, LAST_ID, MEMORY, NAME, SERVICES, TABLE, isNil } from "../core/ids.ts";
import { Fault, type Refs, decodeValue, encodeKey, encodeTable, encodeValue } from "./codec.ts";
import { describe } from "./describe.ts";
import { INSPECT, fieldsOf, readValue } from "./fields.ts";
import { encodeGraph } from "./graph.ts";
import { show, toJson, toObject } from "./plain.ts";
import type { LuaStored, LuaTableKey, LuaTableValue, LuaValue } from "./types.ts";

/** As many unused ids in a row end the search for tables in a store without a catalogue. */
const GAP = 64;
/** Bytes that the module asks a host for at first; the catalogue's `max` says how many there can be. */
const FIRST_READ = 16384;

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
  readonly #views: TableViews;
  readonly #id: number;

  private constructor(views: TableViews, id: number) {
    this.#views = views;
    this.#id = id;
    Object.defineProperty(this, "contents", NO_FIELDS);
  }

  /** @internal */
  static make(views: TableViews, id: number): LuaTable {
    return new LuaTable(views, id);
  }

  /** @internal @returns the id of a view among `views`; undefined for everything else */
  static idOf(value: object, views: TableViews): number | undefined {
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
    return toObject(this.#views.tables, this.#id);
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

/** The external tables of one LuaPersistent, with their views and their catalogue. */
export class TableViews implements Refs {
  readonly tables: ExternalTables;
  /** Views by id, while they are in use. */
  #views = new Map<number, WeakRef<LuaTable>>();
  #collected = new FinalizationRegistry<number>(id => {
    if (!this.#views.get(id)?.deref()) this.#views.delete(id);
  });

  constructor(tables: ExternalTables) {
    this.tables = tables;
    tables.viewIds = () => this.#viewIds();
  }

  table(nameOrId: string | number): LuaTable {
    if (nameOrId === "Memory") return this.view(MEMORY);
    if (typeof nameOrId === "string") return this.view(this.#named(nameOrId));
    if (Number.isInteger(nameOrId) && nameOrId > 0 && nameOrId < SERVICES) return this.view(nameOrId);
    throw new Error(`lua.table takes a name or an id from 1 to ${SERVICES - 1}, not ${String(nameOrId)}`);
  }

  /** The same view as before, while that is referenced. */
  view(id: number): LuaTable {
    let view = this.#views.get(id)?.deref();
    if (!view) {
      this.tables.collector?.shade(id);
      view = LuaTable.make(this, id);
      this.#views.set(id, new WeakRef(view));
      this.#collected.register(view, id);
    }
    return view;
  }

  *#viewIds(): Generator<number> {
    for (const [id, view] of this.#views) if (view.deref()) yield id;
  }

  idOf(value: object | null): number | undefined {
    return value === null ? undefined : LuaTable.idOf(value, this);
  }

  /** Stores encoded bytes, whose length the catalogue must know for hosts that give no part of a value. */
  write(id: number, key: string, bytes: Uint8Array): void {
    this.noteSize(bytes.length);
    this.tables.set(id, key, bytes);
  }

  noteSize(size: number): void {
    if (size <= FIRST_READ) return;
    if (size <= this.notedSize()) return;
    let room = 2 * FIRST_READ;
    while (room < size) room *= 2;
    this.tables.set(CATALOGUE, "max", encodeValue(room, this)!);
  }

  /** The catalogue's `max`; a value that is not a size is left as it is, and then the module asks for the keys. */
  notedSize(): number {
    const known = this.tables.get(CATALOGUE, "max");
    if (!known || isNil(known)) return 0;
    const size = known[0] === INTEGER && known.length === 9 ? (decodeValue(known, this) as number) : -1;
    return size < 0 ? Infinity : size;
  }

  /** Stores any value, or nothing of it: a plain object, array or Map as new tables. @param key as messages show it */
  put(id: number, wire: string, value: unknown, key: unknown): void {
    const encoded = encodeValue(value, this);
    if (encoded) return this.write(id, wire, encoded);
    const graph = encodeGraph(value, key, this);
    const first = this.#allocate(graph.length);
    try {
      graph.forEach((fields, number) => {
        for (const [wire, field] of fields) {
          this.write(first + number, wire, typeof field === "number" ? encodeTable(first + field) : field);
        }
      });
      this.write(id, wire, encodeTable(first));
    } catch (error) {
      // Nothing refers to them.
      for (let number = 0; number < graph.length; number++) this.empty(first + number);
      throw error;
    }
  }

  empty(id: number): void {
    for (const wire of [...this.tables.keys(id)]) this.tables.delete(id, wire);
  }

  /** The id of the table of this name. Adopting an old store may make the name. */
  #named(name: string): number {
    const wire = encodeKey(`${NAME}${name}`, this);
    if (wire === undefined) throw new Error(`lua.table: the name is ${describe(name)}`);
    const known = () => (this.#catalogued(wire, TABLE) as LuaTable | undefined)?.id;
    if (known() === undefined) this.next();
    if (known() === undefined) this.tables.set(CATALOGUE, wire, encodeTable(this.#allocate(1)));
    return known()!;
  }

  /** Takes `count` ids in a row that no table uses. @returns the first of them */
  #allocate(count: number): number {
    let first = this.next();
    let id = first;
    for (; id - first < count && id < LAST_ID; id++) {
      if (this.tables.size(id) > 0 || this.#views.get(id)?.deref()) first = id + 1;
    }
    if (id - first < count)
      throw new Error(
        "external tables: no free id is left: save and restore a snapshot, which numbers the tables anew",
      );
    this.tables.set(CATALOGUE, "next", encodeValue(id, this)!);
    return first;
  }

  /** The next free id. A store without a catalogue gets one first. */
  next(): number {
    const next = (this.#catalogued("next", INTEGER) as number | undefined) ?? this.#adopt();
    if (next < 2 || next > LAST_ID) throw damaged();
    return next;
  }

  /** Names every table, so that none is unreachable; `next` is last: until then there is no catalogue. */
  #adopt(): number {
    let free = 2;
    for (let id = free; id - free < GAP; id++) {
      if (this.tables.size(id) === 0) continue;
      this.tables.set(CATALOGUE, `${NAME}table:${id}`, encodeTable(id));
      free = id + 1;
    }
    this.tables.set(CATALOGUE, "next", encodeValue(free, this)!);
    return free;
  }

  /** An entry of the catalogue, which must have this tag. */
  #catalogued(key: string, tag: number): unknown {
    const bytes = this.tables.get(CATALOGUE, key);
    if (!bytes || isNil(bytes)) return undefined;
    try {
      if (bytes[0] === tag) return decodeValue(bytes, this);
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
    }
    throw damaged();
  }
}

const damaged = () => new Error("external tables: damaged catalogue");
