// The external tables of one LuaPersistent for JavaScript: their views, and the part of the catalogue in table 0 that
// `lua.table` needs: src/ext/catalogue.rs does the same for Lua, and tests/web/table-names.test.mjs compares the two.
import type { ExternalTables } from "../core/external-tables.ts";
import { CATALOGUE, INTEGER, LAST_ID, MEMORY, NAME, SERVICES, TABLE, isNil } from "../core/ids.ts";
import { Fault, decodeValue, encodeKey, encodeTable, encodeValue } from "./codec.ts";
import { describe } from "./describe.ts";
import { encodeGraph } from "./graph.ts";
import { LuaTable, type Views } from "./lua-table.ts";

/** As many unused ids in a row end the search for tables in a store without a catalogue. */
const GAP = 64;
/** Bytes that the module asks a host for at first; the catalogue's `max` says how many there can be. */
const FIRST_READ = 16384;

/** The external tables of one LuaPersistent, with their views and their catalogue. */
export class TableViews implements Views {
  readonly tables: ExternalTables;
  /** Views by id, while they are in use. */
  #views = new Map<number, WeakRef<LuaTable>>();
  /** Made for the first one: the collector of JavaScript looks at each registry. */
  #collected: FinalizationRegistry<number> | null = null;

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
    if (!view || LuaTable.idOf(view, this) !== id) {
      this.tables.collector?.shade(id);
      view = LuaTable.make(this, id);
      this.#views.set(id, new WeakRef(view));
      this.#registry.register(view, id);
    }
    return view;
  }

  get #registry(): FinalizationRegistry<number> {
    return (this.#collected ??= new FinalizationRegistry(id => {
      if (!this.#views.get(id)?.deref()) this.#views.delete(id);
    }));
  }

  *#viewIds(): Generator<number> {
    for (const [id, view] of this.#views) if (view.deref()) yield id;
  }

  idOf(value: object | null): number | undefined {
    return value === null ? undefined : LuaTable.idOf(value, this);
  }

  /** Stores encoded bytes, whose length the catalogue must know for hosts that give no part of a value. */
  write(id: number, key: string, bytes: Uint8Array): void {
    this.tables.admit(key.length);
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
    if (known() === undefined) this.write(CATALOGUE, wire, encodeTable(this.#allocate(1)));
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
