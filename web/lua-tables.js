// Views: external tables for JavaScript, live and like a Map; and what `lua.table` needs of the catalogue in table 0.
// A part of LuaPersistent: include it after lua-persistent.js and lua-codec.js.
(() => {
  "use strict";

  const { parts } = globalThis.LuaPersistent;
  const { part } = parts;
  const { encodeKey, decodeKey, encodeValue, decodeValue, encodeTable, encodeGraph, Fault, showKey, describe } = parts.codec;

  const CATALOGUE = 0;
  const INTEGER = 2;
  const TABLE = 7;
  /** Ids stay below this; `next` may reach it. */
  const LAST = 2 ** 31;
  /** How Node asks an object what its console is to show. */
  const INSPECT = Symbol.for("nodejs.util.inspect.custom");
  /** As many unused ids in a row end the search for tables in a store without a catalogue. */
  const GAP = 64;
  /** What the module asks a host for at first; the catalogue's `max` says how much more there can be. */
  const FIRST_READ = 16384;

  /** The fields that a table has when it begins, without those deleted on the way. @param refs as of the codec */
  function* fieldsOf(tables, id, refs) {
    for (const wire of [...tables.keys(id)]) {
      const key = readKey(id, wire, refs);
      const value = readValue(tables, id, wire, key, refs);
      if (value !== undefined) yield [key, value];
    }
  }

  function readKey(id, wire, refs) {
    try {
      return decodeKey(wire, refs);
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
      throw new Error(`external table ${id}: malformed key`, { cause });
    }
  }

  function readValue(tables, id, wire, key, refs) {
    const bytes = tables.get(id, wire);
    if (!bytes) return undefined;
    try {
      return decodeValue(bytes, refs);
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
      const shown = showKey(key, refs);
      const fault = cause.isFunction
        ? `the value for key ${shown} is a function of an older build, which cannot be read`
        : `malformed value for key ${shown}`;
      throw new Error(`external table ${id}: ${fault}`, { cause });
    }
  }

  /** Copying field by field (structuredClone, `{...table}`) would silently give nothing. */
  const NO_FIELDS = {
    enumerable: true,
    get() {
      throw new TypeError(`external table ${this.id}: a view cannot be copied or sent, take its toObject()`);
    },
  };

  /**
   * An external table: reading shows what Lua wrote last, and Lua sees what is written here in its next `eval`.
   *
   * A value read is a boolean, a number (a BigInt for an integer beyond 2^53), a string (a Uint8Array when it is not
   * UTF-8), or a view; Lua's 3.0 reads as 3. Written, a number is an integer in Lua when it is a safe one, otherwise
   * (1.5, -0, 2 ** 60) a float. Plain objects, arrays (from 1 on) and Maps are stored by value as new tables, shared
   * references and cycles kept; views by reference. `undefined` and `null` are absent, as nil is: a key that is set to
   * one is deleted, a field is left out, an element leaves a gap.
   * Keys are the same; what cannot be one (NaN, a function) is absent when read.
   *
   * A view stands for an id. One of an opened LuaPersistent keeps its table from the sweep; of a plain one, whose module
   * does not know of views, only `Memory`, names and Lua do, and the id of a swept table may become another's.
   */
  class LuaTable {
    #store;
    #id;

    /** @param {Store} store @param {number} id */
    constructor(store, id) {
      this.#store = store;
      this.#id = id;
      Object.defineProperty(this, "contents", NO_FIELDS);
    }

    /** @returns {number | undefined} the id of a view of `store`; undefined for everything else */
    static idOf(value, store) {
      return #id in value && value.#store === store ? value.#id : undefined;
    }

    /** The number that the host and `ext.id` know the table by. */
    get id() {
      return this.#id;
    }

    /** How many keys there are. */
    get size() {
      return this.#store.tables.size(this.#id);
    }

    /** @throws {Error} what is stored there cannot be read */
    get(key) {
      const wire = encodeKey(key, this.#store);
      return wire === undefined ? undefined : readValue(this.#store.tables, this.#id, wire, key, this.#store);
    }

    /** @returns {boolean} whether Lua would not read nil */
    has(key) {
      const wire = encodeKey(key, this.#store);
      const bytes = wire === undefined ? undefined : this.#store.tables.get(this.#id, wire);
      return bytes !== undefined && !(bytes.length === 1 && bytes[0] === 0);
    }

    /** @returns {this} @throws {Error} naming the field that cannot be stored; then nothing has changed */
    set(key, value) {
      const wire = encodeKey(key, this.#store);
      if (wire === undefined) throw new Error(`external table ${this.#id}: cannot use ${describe(key)} as a key`);
      if (value === undefined || value === null) this.#store.tables.delete(this.#id, wire);
      else this.#store.put(this.#id, wire, value, key);
      return this;
    }

    /** @returns {boolean} whether there was such a key */
    delete(key) {
      const wire = encodeKey(key, this.#store);
      return wire !== undefined && this.#store.tables.delete(this.#id, wire);
    }

    clear() {
      this.#store.empty(this.#id);
    }

    /** The fields that were there when it began, without those deleted since. */
    entries() {
      return fieldsOf(this.#store.tables, this.#id, this.#store);
    }

    *keys() {
      for (const [key] of this.entries()) yield key;
    }

    *values() {
      for (const [, value] of this.entries()) yield value;
    }

    [Symbol.iterator]() {
      return this.entries();
    }

    /** @param {(value: unknown, key: unknown, table: LuaTable) => void} call */
    forEach(call, self) {
      for (const [key, value] of this.entries()) call.call(self, value, key, this);
    }

    /**
     * A plain copy of all of it, tables inside too: an array when the keys are 1 to n (an empty one too), an object when
     * all are strings, otherwise a Map. The same table is the same object, so cycles are kept.
     */
    toObject() {
      return part("plain", "lua-plain.js").toObject(this.#store.tables, this.#id);
    }

    /**
     * For JSON.stringify: the contents, as arrays and objects. Keys become text; a table with integer keys of which at most
     * half are missing is an array with null for those.
     * @throws {TypeError} two keys are the same text, or one is a table
     */
    toJSON() {
      return part("plain", "lua-plain.js").toJson(this.#store.tables, this.#id);
    }

    /** What Node's console shows. @param {number | null} depth levels that are left */
    [INSPECT](depth) {
      if (depth !== null && depth < 0) return "[LuaTable]";
      try {
        return part("plain", "lua-plain.js").show(this.#store.tables, this.#id, depth ?? Infinity);
      } catch ({ message }) {
        return `[LuaTable: ${message}]`;
      }
    }
  }

  /** A Lua value that JavaScript cannot have: a function, a coroutine, a userdata. It only says what it was. */
  class LuaOpaque {
    /** @param {string} text as `tostring` shows it in Lua: `function: 0x1234` */
    constructor(text) {
      this.text = text;
      Object.freeze(this);
    }

    toString() {
      return this.text;
    }
  }

  /** The external tables of one LuaPersistent, with their views and their catalogue. */
  class Store {
    /** Views by id, while they are in use. @type {Map<number, WeakRef<LuaTable>>} */
    #views = new Map();
    #collected = new FinalizationRegistry((id) => {
      if (!this.#views.get(id)?.deref()) this.#views.delete(id);
    });

    constructor(tables) {
      this.tables = tables;
      tables.viewIds = () => this.#viewIds();
    }

    /** @param {string | number} nameOrId @returns {LuaTable} */
    table(nameOrId) {
      if (typeof nameOrId === "string") return this.view(this.#named(nameOrId));
      if (Number.isInteger(nameOrId) && nameOrId > 0 && nameOrId < 0xffffffff) return this.view(nameOrId);
      throw new Error(`lua.table takes a name or an id from 1 to ${0xfffffffe}, not ${String(nameOrId)}`);
    }

    /** The same view as before, while that is referenced. */
    view(id) {
      let view = this.#views.get(id)?.deref();
      if (!view) {
        this.tables.collector?.shade(id);
        view = new LuaTable(this, id);
        this.#views.set(id, new WeakRef(view));
        this.#collected.register(view, id);
      }
      return view;
    }

    *#viewIds() {
      for (const [id, view] of this.#views) if (view.deref()) yield id;
    }

    idOf(value) {
      return value === null ? undefined : LuaTable.idOf(value, this);
    }

    /** Stores encoded bytes, whose length the catalogue must know for hosts that give no part of a value. */
    write(id, key, bytes) {
      this.noteSize(bytes.length);
      this.tables.set(id, key, bytes);
    }

    noteSize(size) {
      if (size <= FIRST_READ) return;
      if (size <= this.notedSize()) return;
      let room = 2 * FIRST_READ;
      while (room < size) room *= 2;
      this.tables.set(CATALOGUE, "max", encodeValue(room, this));
    }

    /** The catalogue's `max`. What is no size says nothing: the module then asks for the keys, and so it stays. */
    notedSize() {
      const known = this.tables.get(CATALOGUE, "max");
      if (!known || (known.length === 1 && known[0] === 0)) return 0;
      const size = known[0] === INTEGER && known.length === 9 ? decodeValue(known, this) : -1;
      return size < 0 ? Infinity : size;
    }

    /** Stores any value, or nothing of it: a plain object, array or Map as new tables. @param {unknown} key as messages show it */
    put(id, wire, value, key) {
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

    empty(id) {
      for (const wire of [...this.tables.keys(id)]) this.tables.delete(id, wire);
    }

    /** The id of the table of this name. Adopting an old store may be what makes the name. */
    #named(name) {
      const wire = encodeKey(`name:${name}`, this);
      if (wire === undefined) throw new Error(`lua.table: the name is ${describe(name)}`);
      const known = () => this.#catalogued(wire, TABLE)?.id;
      if (known() === undefined) this.next();
      if (known() === undefined) this.tables.set(CATALOGUE, wire, encodeTable(this.#allocate(1)));
      return known();
    }

    /** Takes `count` ids in a row that no table uses. @returns {number} the first of them */
    #allocate(count) {
      let first = this.next();
      let id = first;
      for (; id - first < count && id < LAST; id++) {
        if (this.tables.size(id) > 0 || this.#views.get(id)?.deref()) first = id + 1;
      }
      if (id - first < count) throw new Error("external tables: no free id is left: save and restore a snapshot, which numbers the tables anew");
      this.tables.set(CATALOGUE, "next", encodeValue(id, this));
      return first;
    }

    /** The next free id. A store without a catalogue gets one first. */
    next() {
      const next = this.#catalogued("next", INTEGER) ?? this.#adopt();
      if (next < 2 || next > LAST) throw damaged();
      return next;
    }

    /** Names every table, so that none is unreachable; `next` is last: until then there is no catalogue. */
    #adopt() {
      let free = 2;
      for (let id = free; id - free < GAP; id++) {
        if (this.tables.size(id) === 0) continue;
        this.tables.set(CATALOGUE, `name:table:${id}`, encodeTable(id));
        free = id + 1;
      }
      this.tables.set(CATALOGUE, "next", encodeValue(free, this));
      return free;
    }

    /** An entry of the catalogue, which must have this tag. */
    #catalogued(key, tag) {
      const bytes = this.tables.get(CATALOGUE, key);
      if (!bytes || (bytes.length === 1 && bytes[0] === 0)) return undefined;
      try {
        if (bytes[0] === tag) return decodeValue(bytes, this);
      } catch (cause) {
        if (!(cause instanceof Fault)) throw cause;
      }
      throw damaged();
    }
  }

  const damaged = () => new Error("external tables: damaged catalogue");

  Object.assign(parts, { Store, LuaTable, LuaOpaque, fieldsOf, INSPECT });
  if (typeof module === "object" && module.exports) module.exports = { LuaTable, LuaOpaque };
})();
