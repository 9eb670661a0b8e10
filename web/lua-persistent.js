// LuaPersistent: runs lua.wasm and owns its external tables, in a browser or in Node.
// It knows the contract (seven exports, five imports) and moves bytes; what the bytes mean is the affair of the module,
// and of the parts that a page may leave out: lua-codec.js and lua-tables.js for `table`, lua-plain.js for copies of tables,
// lua-migrate.js for `migrate`.
// Stores, typed results, images and workers are ES modules beside this file, loaded by the first call that needs them.
// Use it as <script src="lua-persistent.js">, then the parts in this order; with all parts as
// `import { LuaPersistent } from "./lua-persistent.mjs"`, or with require().
(() => {
  "use strict";

  /** The table id of the optional host services. Nothing is ever stored there. */
  const SERVICES = 0xffffffff;
  const SNAPSHOT_VERSION = 2;
  const TRACEBACK = "\nstack traceback:";
  const MEGABYTE = 1024 * 1024;

  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** An error raised by Lua code, or by its compiler. */
  class LuaError extends Error {
    /**
     * @param {string} text the error text of `eval`: the message, then possibly a traceback
     * @param {{message: string, traceback: string, line: number, source: string, value: unknown}} [told] by Lua itself
     * @param {string} [output]
     * @param {Error | null} [cause] why the host refused what Lua wanted to store: the message ends with it
     */
    constructor(text, told = toldBy(text), output = "", cause = null) {
      super(cause ? `${told.message}: ${cause.message}` : told.message, cause ? { cause } : undefined);
      this.name = "LuaError";
      /** Begins with `stack traceback:`; empty for a syntax error. @type {string} */
      this.traceback = told.traceback;
      /** The line in the message's position, when that is in the source that ran; otherwise -1. @type {number} */
      this.line = told.line;
      /** The chunk name in the message's position, also that of another source; empty when it has none. @type {string} */
      this.source = told.source;
      /** What was raised, and what was printed before: without `open`, the message and nothing. */
      this.value = told.value;
      this.output = output;
    }
  }

  function toldBy(text) {
    // The last one: a message may quote a traceback of its own.
    const cut = text.lastIndexOf(TRACEBACK);
    const message = cut < 0 ? text : text.slice(0, cut);
    return { message, traceback: cut < 0 ? "" : text.slice(cut + 1), ...placeIn(message, EVAL), value: message };
  }

  /** The chunk name of what `eval` runs. */
  const EVAL = "eval";

  /** @param {string} chunk the name of the source that ran @returns {{source: string, line: number}} of an error */
  function placeIn(message, chunk) {
    const isOurs = message.startsWith(`${chunk}:`);
    const [, line] = (isOurs && /^(\d{1,9}):/.exec(message.slice(chunk.length + 1))) || [];
    if (line) return { source: chunk, line: Number(line) };
    const [, source = ""] = /^(\[.*?\]|[^:[]*):\d{1,9}:/s.exec(message) ?? [];
    return { source, line: -1 };
  }

  /** A run that was stopped at a limit: "memory", "tables", "instructions" or "time". The Lua state is usable. */
  class LuaLimitError extends LuaError {
    constructor(limit, ...rest) {
      super(...rest);
      this.name = "LuaLimitError";
      this.limit = limit;
    }
  }

  // Byte strings: one character per byte, so that bytes can be the key of a Map and the input of btoa.

  /** @param {Uint8Array} bytes @returns {string} */
  function byteString(bytes) {
    // In pieces, because a call with too many arguments overflows the stack.
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) {
      text += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192));
    }
    return text;
  }

  /** @param {string} text a byte string @returns {Uint8Array} */
  function bytesOf(text) {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  /** Recently used keys by hash. Comparing bytes with a known string is faster than making a new one. */
  const recentKeys = new Array(8192).fill("");
  const LONGEST_RECENT_KEY = 64;

  /** @returns {string} the same as `byteString(bytes.subarray(at, at + length))` */
  function keyString(bytes, at, length) {
    if (length > LONGEST_RECENT_KEY) return byteString(bytes.subarray(at, at + length));
    let hash = length;
    for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + bytes[at + i]) | 0;
    const slot = Math.imul(hash, 0x9e3779b1) >>> 19;
    // Two places for each hash, so that two keys that meet do not drive each other out.
    if (spells(recentKeys[slot], bytes, at, length)) return recentKeys[slot];
    if (spells(recentKeys[slot ^ 1], bytes, at, length)) return recentKeys[slot ^ 1];
    recentKeys[slot ^ 1] = recentKeys[slot];
    return (recentKeys[slot] = byteString(bytes.subarray(at, at + length)));
  }

  /** @returns {boolean} whether the byte string `text` has exactly these bytes */
  function spells(text, bytes, at, length) {
    if (text.length !== length) return false;
    for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[at + i]) return false;
    return true;
  }

  /** Copies `length` bytes; most values are so short that a loop is faster than views. */
  function copyBytes(from, fromAt, to, toAt, length) {
    if (length > 32) to.set(from.subarray(fromAt, fromAt + length), toAt);
    else for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i];
  }

  /** What a key takes beside its bytes and its value's, as `limit` counts. */
  const PER_KEY = 64;

  const tooLarge = (limit, bytes) =>
    Object.assign(new Error(`tableLimit is ${limit} bytes, and the external tables would have ${bytes}`), { limit: "tables" });

  /** The external tables: bytes under byte-string keys under a table id. An empty table does not exist. */
  class ExternalTables {
    /** @type {Map<number, Map<string, Uint8Array>>} */
    #tables = new Map();
    /** Bytes in all keys and values. */
    byteCount = 0;
    itemCount = 0;
    /** Bytes that there may be, `PER_KEY` for each key among them. What is above can only become less. */
    limit = Infinity;
    /** What the last change that was refused to Lua threw. @type {Error | null} */
    refusal = null;
    /**
     * Is called before every change of a key, with the bytes that are there; what it throws prevents the change.
     * @type {((id: number, key: string, before: Uint8Array | undefined, isDeletion?: boolean) => void) | null}
     */
    journal = null;
    /** Is told of every change, to sweep what nothing reaches. @type {Collector | null} */
    collector = null;
    /** The same, while it marks: is told what Lua reads. @type {Collector | null} */
    marker = null;
    /** Ids of the views that JavaScript holds. @type {() => Iterable<number>} */
    viewIds = () => [];

    /** @returns {Uint8Array | undefined} the stored bytes themselves: not to be written to */
    get(id, key) {
      return this.#tables.get(id)?.get(key);
    }

    /** Keeps `value` itself, which must not change afterwards. @throws {Error} naming `tableLimit`, or from the journal */
    set(id, key, value) {
      const old = this.get(id, key);
      const more = value.length + (old ? -old.length : key.length + PER_KEY);
      // What the catalogue needs for a sweep is little, and must not be refused.
      if (this.#used + more > this.limit && more > 0 && (id !== 0 || key.startsWith("name:"))) {
        throw tooLarge(this.limit, this.#used + more);
      }
      this.journal?.(id, key, old);
      const isNew = this.#put(id, key, old, value);
      if (this.collector !== null) this.collector.wrote(id, key, value, old, isNew);
    }

    /** @returns {boolean} whether there was such a key @throws {Error} from the journal */
    delete(id, key) {
      const old = this.get(id, key);
      if (!old) return false;
      this.journal?.(id, key, old, true);
      this.#remove(id, key, old);
      this.collector?.deleted(key, old);
      return true;
    }

    /** Deletes all keys of a table. @param {Map<string, Uint8Array>} [table] its contents @throws {Error} from the journal */
    deleteAll(id, table = this.#tables.get(id)) {
      if (!table) return;
      let bytes = 0;
      for (const [key, old] of table) {
        this.journal?.(id, key, old, true);
        bytes += key.length + old.length;
      }
      this.byteCount -= bytes;
      this.itemCount -= table.size;
      this.#tables.delete(id);
    }

    /** Puts back what was there, and asks nobody. @param {Uint8Array} [value] undefined: nothing was there */
    restore(id, key, value) {
      const now = this.get(id, key);
      if (value) this.#put(id, key, now, value);
      else if (now) this.#remove(id, key, now);
    }

    /** @returns {boolean} whether the table had no keys */
    #put(id, key, old, value) {
      let table = this.#tables.get(id);
      const isNew = table === undefined;
      if (isNew) this.#tables.set(id, (table = new Map()));
      table.set(key, value);
      this.byteCount += value.length + (old ? -old.length : key.length);
      if (!old) this.itemCount++;
      return isNew;
    }

    #remove(id, key, old) {
      const table = this.#tables.get(id);
      table.delete(key);
      if (table.size === 0) this.#tables.delete(id);
      this.byteCount -= key.length + old.length;
      this.itemCount--;
    }

    /** @returns {Map<string, Uint8Array> | undefined} all keys and values, not to be written to */
    contents(id) {
      return this.#tables.get(id);
    }

    /** Bytes that there may be more. */
    get bytesLeft() {
      return Math.max(this.limit - this.#used, 0);
    }

    get #used() {
      return this.byteCount + PER_KEY * this.itemCount;
    }

    /** @returns {number} how many keys table `id` has */
    size(id) {
      return this.#tables.get(id)?.size ?? 0;
    }

    /** @returns {Iterable<string>} in the order in which they were first stored */
    keys(id) {
      return this.#tables.get(id)?.keys() ?? [];
    }

    /** @returns {IterableIterator<[number, Map<string, Uint8Array>]>} */
    entries() {
      return this.#tables.entries();
    }

    get tableCount() {
      return this.#tables.size;
    }

    /** @param {ExternalTables} other gives up its contents to this one @throws {Error} naming `tableLimit` */
    takeOver(other) {
      if (other.#used > this.limit) throw tooLarge(this.limit, other.#used);
      if (this.journal) this.#noteAll(other);
      this.#tables = other.#tables;
      this.byteCount = other.byteCount;
      this.itemCount = other.itemCount;
      this.collector?.abort();
    }

    #noteAll(other) {
      for (const [id, table] of this.#tables) for (const [key, before] of table) this.journal(id, key, before);
      for (const [id, table] of other.#tables) {
        for (const key of table.keys()) if (!this.get(id, key)) this.journal(id, key, undefined);
      }
    }
  }

  /** A fresh view per use, because growth detaches the buffer; out of range it throws. */
  function viewOf(memory, pointer, length) {
    return new Uint8Array(memory.buffer, pointer >>> 0, length >>> 0);
  }

  /** What a plain host offers: it can stop a collection. */
  class PlainServices {
    /** Asked every few milliseconds while Lua runs. */
    isOver = () => false;

    get(name) {
      if (name === "services") return encoder.encode("interrupt");
      return name === "interrupt" && this.isOver() ? new Uint8Array(1) : undefined;
    }
    set() {
      return -1;
    }
  }

  /** @param {Uint8Array[]} strings @returns {Uint8Array} a message (section 9 of the contract) of these */
  function messageOf(strings) {
    const message = new Uint8Array(strings.reduce((size, { length }) => size + 5 + length, 4));
    const words = new DataView(message.buffer);
    words.setUint32(0, strings.length, true);
    let at = 4;
    for (const bytes of strings) {
      message[at] = 4;
      words.setUint32(at + 1, bytes.length, true);
      message.set(bytes, at + 5);
      at += 5 + bytes.length;
    }
    return message;
  }

  /** A host function must not throw into wasm: what goes wrong in `call` becomes the answer `refusal`, and is noted. */
  function refusing(refusal, call, note = () => {}) {
    return (table, a, b, c, d) => {
      try {
        return call(table >>> 0, a, b, c, d);
      } catch (error) {
        note(error);
        return refusal;
      }
    };
  }

  /**
   * The five functions of the import module `env`.
   * @param {ExternalTables} tables
   * @param {Services} services
   * @param {() => WebAssembly.Memory} memory known only after instantiation
   */
  function hostFunctions(tables, services, memory) {
    let bytes = new Uint8Array(0);
    /** All of memory. Growth detaches a view, which then has no length; a range beyond the end throws. */
    const within = (pointer, length) => {
      if (bytes.length === 0) bytes = new Uint8Array(memory().buffer);
      if ((pointer >>> 0) + (length >>> 0) > bytes.length) throw new RangeError("beyond the memory");
      return bytes;
    };
    const keyAt = (pointer, length) => keyString(within(pointer, length), pointer >>> 0, length >>> 0);
    const noteRefusal = (error) => (tables.refusal = error);
    return {
      js_ext_table_set: refusing(-1, (table, key, keyLength, value, valueLength) => {
        const name = keyAt(key, keyLength);
        const memory = within(value, valueLength);
        const copy = new Uint8Array(valueLength >>> 0);
        copyBytes(memory, value >>> 0, copy, 0, copy.length);
        if (table === SERVICES) return services.set(name, copy);
        tables.set(table, name, copy);
        return 0;
      }, noteRefusal),
      js_ext_table_get: refusing(-1, (table, key, keyLength, out, room) => {
        const name = keyAt(key, keyLength);
        const value = table === SERVICES ? services.get(name) : tables.get(table, name);
        if (!value) return -1;
        if (tables.marker !== null && table !== SERVICES) tables.marker.read(name, value);
        const length = Math.min(value.length, room >>> 0);
        copyBytes(value, 0, within(out, length), out >>> 0, length);
        return length;
      }),
      js_ext_table_delete: refusing(-1, (table, key, keyLength) =>
        tables.delete(table, keyAt(key, keyLength)) ? 0 : -1,
        noteRefusal,
      ),
      js_ext_table_size: refusing(0, (table) => tables.size(table)),
      js_ext_table_keys: refusing(0, (table, out, room) => {
        const size = tables.size(table);
        tables.marker?.listed(tables.keys(table));
        return size === 0 ? 0 : writeKeys(viewOf(memory(), out, room), size, tables.keys(table));
      }),
    };
  }

  /** The count of all keys, then as many whole keys as fit. @returns {number} bytes written */
  function writeKeys(out, count, keys) {
    if (out.length < 4) return 0;
    const words = new DataView(out.buffer, out.byteOffset, out.length);
    words.setUint32(0, count, true);
    let at = 4;
    for (const key of keys) {
      if (at + 4 + key.length > out.length) break;
      words.setUint32(at, key.length, true);
      at += 4;
      for (let i = 0; i < key.length; i++) out[at++] = key.charCodeAt(i);
    }
    return at;
  }

  /**
   * Plain data that survives JSON: keys and values are base64.
   * @typedef {{version: 2, timestamp: number, tables: {id: number, entries: [string, string][]}[]}} Snapshot
   */

  /** What the catalogue's `next` can be at most. */
  const LAST_ID = 2 ** 31;

  /** @param {ExternalTables} tables @returns {number} the first id that was never given, the catalogue's `next`; 0: none, or a damaged one */
  function nextId(tables) {
    const bytes = tables.get(0, "next");
    if (bytes?.length !== 9 || bytes[0] !== 2) return 0;
    const next = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(1, true));
    return next >= 2 && next <= LAST_ID ? next : 0;
  }

  /** The id that five bytes with the tag of a table stand for; 0 for everything else. */
  const idIn = (bytes, at) =>
    bytes.length === 5 && at(0) === 7 ? (at(1) | (at(2) << 8) | (at(3) << 16) | (at(4) << 24)) >>> 0 : 0;

  /** @returns {Set<number> | null} what `Memory` and names reach; null: a store without a catalogue, all of it */
  function reachable(tables) {
    if (!tables.get(0, "next")) return null;
    const found = new Set([0, 1]);
    // A set is walked to its end, whatever is added on the way.
    for (const id of found) {
      for (const [key, value] of tables.contents(id) ?? []) {
        found.add(idIn(value, (i) => value[i])).add(idIn(key, (i) => key.charCodeAt(i)));
      }
    }
    return found;
  }

  /** @param {ExternalTables} tables @returns {Snapshot} */
  function writeSnapshot(tables) {
    const reached = reachable(tables);
    const list = Array.from([...tables.entries()].filter(([id]) => reached?.has(id) ?? true), ([id, table]) => ({
      id,
      entries: Array.from(table, ([key, value]) => [btoa(key), btoa(byteString(value))]),
    }));
    return { version: SNAPSHOT_VERSION, timestamp: Date.now(), tables: list };
  }

  /**
   * Reads our own snapshots and those of earlier pages, which have no version and keep values as a Uint8Array or as
   * what JSON makes of one, {"0":4,"1":5}.
   * @returns {ExternalTables} a new set, complete or not at all
   */
  function readSnapshot(snapshot) {
    const { version, tables: list } = snapshot ?? {};
    if (version !== undefined && version !== SNAPSHOT_VERSION) {
      throw new Error(`snapshot: version ${JSON.stringify(version)} is not known here, only ${SNAPSHOT_VERSION}`);
    }
    if (!Array.isArray(list)) throw new Error("snapshot: there is no list of tables");
    const tables = new ExternalTables();
    const seen = new Set();
    list.forEach((table, place) => {
      const id = table?.id;
      if (!Number.isInteger(id) || id < 0 || id >= SERVICES) {
        throw new Error(`snapshot: the id of table number ${place + 1} is not an integer from 0 to ${SERVICES - 1}`);
      }
      if (seen.has(id)) throw new Error(`snapshot: table ${id} is there twice`);
      seen.add(id);
      readEntries(tables, id, table.entries);
    });
    // In the last half of the ids, few may be left.
    return nextId(tables) >= LAST_ID / 2 ? renumbered(tables) : tables;
  }

  /** @param {ExternalTables} tables @returns {ExternalTables} the same with ids from 2 on without gaps */
  function renumbered(tables) {
    const ids = new Map([[0, 0], [1, 1]]);
    const numberOf = (id) => {
      if (!ids.has(id)) ids.set(id, ids.size);
      return ids.get(id);
    };
    const reference = (bytes) => {
      const id = idIn(bytes, (i) => bytes[i]);
      // 0 and the id of the services are malformed, and stay so.
      return id === 0 || id === SERVICES ? bytes : withNumber(bytes, numberOf(id));
    };
    const moved = new ExternalTables();
    for (const [id, table] of tables.entries()) {
      for (const [key, value] of table) moved.set(numberOf(id), byteString(reference(bytesOf(key))), reference(value));
    }
    moved.set(0, "next", withNumber(tables.get(0, "next"), ids.size));
    return moved;
  }

  /** The same wire bytes with another u32 behind the tag. */
  function withNumber(bytes, number) {
    const changed = bytes.slice();
    new DataView(changed.buffer).setUint32(1, number, true);
    return changed;
  }

  function readEntries(tables, id, entries) {
    if (!Array.isArray(entries)) throw new Error(`snapshot: table ${id} has no list of entries`);
    entries.forEach((entry, place) => {
      const key = Array.isArray(entry) ? fromBase64(entry[0]) : undefined;
      if (key === undefined) throw new Error(`snapshot: table ${id}: the key of entry ${place + 1} is not base64`);
      const where = `snapshot: table ${id}, key ${/^[ -~]*$/.test(key) ? `'${key}'` : `base64 ${entry[0]}`}`;
      if (tables.get(id, key)) throw new Error(`${where} is there twice`);
      tables.set(id, key, readValue(entry[1], where));
    });
  }

  /** @returns {Uint8Array} a copy */
  function readValue(value, where) {
    if (value instanceof Uint8Array) return new Uint8Array(value);
    if (typeof value === "string") {
      const text = fromBase64(value);
      if (text === undefined) throw new Error(`${where}: the value is not base64`);
      return bytesOf(text);
    }
    if (typeof value !== "object" || value === null) throw new Error(`${where}: the value is not bytes`);
    const indices = Object.keys(value);
    return Uint8Array.from(indices, (index, i) => {
      const byte = value[index];
      if (index !== String(i)) throw new Error(`${where}: byte ${i} is missing`);
      if (!Number.isInteger(byte) || byte < 0 || byte > 255) {
        throw new Error(`${where}: byte ${i} is not an integer from 0 to 255`);
      }
      return byte;
    });
  }

  /** @returns {string | undefined} a byte string; undefined unless `text` is exactly what btoa makes */
  function fromBase64(text) {
    if (typeof text !== "string") return undefined;
    try {
      const bytes = atob(text);
      return btoa(bytes) === text ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  /** @returns {Storage} */
  function localStorageHere() {
    let storage;
    try {
      storage = globalThis.localStorage;
    } catch (cause) {
      throw new Error(`localStorage cannot be used here: ${cause.message}`, { cause });
    }
    if (!storage) throw new Error("localStorage cannot be used here: there is none");
    return storage;
  }

  const entryName = (name) => `lua_snapshot_${name}`;

  const inNode = typeof process === "object" && Boolean(process.versions?.node);
  const inPage = typeof document === "object";

  /** Beside this file in Node; in a browser relative to the page, like any other path. */
  const DEFAULT_WASM = inNode && typeof __dirname === "string" ? `${__dirname}/lua.wasm` : "lua.wasm";

  /** @returns {Promise<WebAssembly.Module | BufferSource | Response>} */
  async function reach(source) {
    const found = await source;
    if (typeof found !== "string" && !(found instanceof URL)) return found;
    return inNode && !/^(https?|data|blob):/.test(found) ? readFile(found) : fetch(found);
  }

  /** @param found by `reach` @returns {Promise<WebAssembly.Module>} @throws {Error} it is not lua.wasm */
  async function compile(found) {
    const module = found instanceof WebAssembly.Module ? found : await compiled(found);
    const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
    const lacks = EXPORTS.filter((name) => !exported.includes(name));
    if (lacks.length > 0) throw new Error(`it is another WebAssembly module than lua.wasm: it has no export ${lacks.join(", ")}`);
    const imported = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
    const wants = imported.filter((name) => !IMPORTS.includes(name));
    if (wants.length > 0) throw new Error(`it is another WebAssembly module than lua.wasm: it needs the import ${wants.join(", ")}`);
    return module;
  }

  const EXPORTS = ["memory", "init", "eval", "get_buffer_ptr", "get_buffer_size", "get_memory_stats", "run_gc"];
  const IMPORTS = ["set", "get", "delete", "size", "keys"].map((name) => `env.js_ext_table_${name}`);

  async function compiled(found) {
    if (typeof found?.arrayBuffer !== "function") return compileBytes(found);
    if (found.ok === false) throw new Error(`the server answered ${found.status} ${found.statusText}`.trimEnd());
    const type = found.headers?.get("content-type");
    // Streaming refuses every other MIME type, and some servers do not know this one.
    if (type === "application/wasm") return WebAssembly.compileStreaming(found);
    return compileBytes(await found.arrayBuffer(), found.status && `the server answered ${found.status} with ${type}, and `);
  }

  /** @param {string} [how] they came */
  function compileBytes(source, how = "") {
    if (!ArrayBuffer.isView(source) && !(source?.byteLength >= 0)) {
      throw new TypeError(`wasm must be a path, a URL, bytes, a Response or a WebAssembly.Module, not ${source && typeof source}`);
    }
    const start = new Uint8Array(source.buffer ?? source, source.byteOffset ?? 0, Math.min(source.byteLength, 20));
    if (!byteString(start).startsWith("\0asm")) {
      throw new Error(`${how}it is not WebAssembly: it begins with ${JSON.stringify(byteString(start))} instead of the magic number`);
    }
    return WebAssembly.compile(source);
  }

  async function readFile(source) {
    const fs = await import("node:fs/promises");
    return fs.readFile(/^file:/.test(source) ? new URL(source) : source);
  }

  /** Gives `use` what is behind `source`. @throws {Error} naming the source */
  async function withWasm(source, use) {
    if (typeof WebAssembly !== "object" || !WebAssembly.Tag) {
      throw new Error(
        "lua.wasm needs WebAssembly exceptions: Chrome 95, Firefox 100, Safari 15.2, Node 17, or any later version",
      );
    }
    let found;
    try {
      found = await reach(source);
      return await use(found);
    } catch (cause) {
      const url = typeof source === "string" || source instanceof URL ? source : found?.url;
      throw new Error(`cannot load ${url ? `'${url}'` : "lua.wasm"}: ${cause.message}`, { cause });
    }
  }

  /** lua.wasm over external tables, one instance after another. */
  class LuaInstance {
    /** Of lua.wasm; null before the first instance. */
    exports = null;
    /** What they are of. @type {WebAssembly.Module | null} */
    module = null;
    /** Why nothing can run (any more). @type {Error | null} */
    failure = new Error("Lua is not loaded: await load() first");
    /** What `request` is answered with. @type {Uint8Array | undefined} */
    #request;

    /**
     * @typedef {{get(name: string): Uint8Array | undefined, set(name: string, message: Uint8Array): number}} Services
     * @param {ExternalTables} tables
     * @param {Services} [services] what the host offers beyond tables: 0 from `set` means taken
     */
    constructor(tables, services = new PlainServices()) {
      this.tables = tables;
      this.services = services;
    }

    /** The services, and that of requests: ours. */
    #served() {
      const { services } = this;
      return {
        set: (name, message) => services.set(name, message),
        get: (name) => {
          if (name === "request") return this.#request;
          const answer = services.get(name);
          return name === "services" ? encoder.encode(`request ${decoder.decode(answer)}`) : answer;
        },
      };
    }

    /** @returns {Promise<WebAssembly.Exports>} of a new instance, without a Lua state and not in use yet */
    instantiate(source) {
      let exports;
      const env = hostFunctions(this.tables, this.#served(), () => exports.memory);
      return withWasm(source, async (found) => {
        this.module = await compile(found);
        ({ exports } = await WebAssembly.instantiate(this.module, { env }));
        return exports;
      });
    }

    /** Makes a fresh Lua state. */
    async load(source) {
      const exports = await this.instantiate(source);
      if (exports.init() !== 0) throw new Error("lua.wasm could not be initialised: not enough memory");
      this.use(exports);
    }

    /** @param {WebAssembly.Exports} exports of an instance with a Lua state */
    use(exports) {
      this.exports = exports;
      this.failure = null;
    }

    /**
     * @param {string} code
     * @param {string} [chunk] its name
     * @returns {{isError: boolean, text: string}} what `eval` left in the buffer
     */
    run(code, chunk = EVAL) {
      if (this.failure) throw this.failure;
      const { memory, get_buffer_ptr, get_buffer_size } = this.exports;
      const bytes = encoder.encode(code);
      const pointer = get_buffer_ptr();
      const length = bytes.length <= get_buffer_size() >>> 0 ? bytes.length : 0;
      // A lua.wasm that asks for no requests runs what is here, under the name `eval`.
      viewOf(memory, pointer, length).set(bytes.subarray(0, length));
      const isRequest = chunk !== EVAL || length < bytes.length;
      this.#request = isRequest ? messageOf([encoder.encode("run"), bytes, encoder.encode(`=${chunk}`)]) : undefined;
      const result = this.#call(() => this.exports.eval(length));
      const isError = result < 0;
      return { isError, text: decoder.decode(viewOf(memory, pointer, isError ? -result - 1 : result)) };
    }

    /** Why the host refused, when that is what the error says. @param {string} message of an error of the last run */
    reasonOf(message) {
      return message.includes("the host refused to ") ? this.tables.refusal : null;
    }

    /** Collects garbage, of Lua and of external tables. */
    collect() {
      if (this.failure) throw this.failure;
      this.#call(() => this.exports.run_gc());
    }

    #call(call) {
      this.tables.refusal = null;
      try {
        return call();
      } catch (cause) {
        this.failure = new Error(
          `this Lua instance failed (${cause}) and is unusable: call load() again; the external tables are kept`,
          { cause },
        );
        throw this.failure;
      } finally {
        this.#request = undefined;
      }
    }
  }

  // Engines compile twice: at once, and what has run often once more, to be three times as fast. Code belongs to the module,
  // so that what is compiled for one instance is there for all.

  /** Lua that uses most of the interpreter and of the libraries; it takes some milliseconds before the second compilation. */
  const WARMING = `
    local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
    local class = {} class.__index = class
    function class:add(n) self.n = self.n + n end
    local list, object = {}, setmetatable({n = fib(12)}, class)
    for i = 1, 200 do
      local key = "k" .. i % 50
      list[i], list[key] = i * 7919 % 211 + 0.5, {i, function() return i end}
      object:add(list[key][2]())
      pcall(error, i ~ 3)
    end
    table.sort(list, function(a, b) return a < b end)
    local text = table.concat(list, ",")
    text:gsub("%d+", string.upper)
    text:find("9,1.5x")
    for c in coroutine.wrap(function() for i = 65, 99 do coroutine.yield(i) end end) do
      text = string.format("%d %s %5.1f", c, "x", c) .. utf8.char(c)
    end
    for _, c in utf8.codes(text) do object:add(c) end`;
  const WARMINGS = 10;
  /** Whether it has been done, or begun: once for all. */
  let isWarm = false;

  /** Milliseconds from one piece to the next where nobody tells when there is time. */
  const PAUSE = 20;
  const idle = () =>
    new Promise((resolve) => {
      if (typeof requestIdleCallback === "function") requestIdleCallback(resolve);
      else setTimeout(resolve, PAUSE).unref?.();
    });

  /** Has the engine compile for speed, in idle time, by an instance that is of no other use. */
  async function warmUp(module) {
    if (isWarm) return;
    isWarm = true;
    try {
      const lua = new LuaInstance(new ExternalTables());
      await idle();
      await lua.load(module);
      for (let i = 0; i < WARMINGS; i++) {
        await idle();
        lua.run(WARMING);
      }
    } catch {
      // Not enough memory, at most. It was for speed alone.
    }
  }

  function part(name, file) {
    const found = LuaPersistent.parts[name];
    if (!found) throw new Error(`this needs ${file}: include it after lua-persistent.js`);
    return found;
  }

  /** A Lua state, and the external tables (`Memory` and its like) that outlive it. */
  class LuaPersistent {
    static LuaError = LuaError;
    static LuaLimitError = LuaLimitError;
    /** What the parts share with each other and with this file. */
    static parts = {
      part, placeIn, byteString, bytesOf, compile, withWasm, readSnapshot, nextId, ExternalTables, LuaInstance, DEFAULT_WASM, inNode, inPage, warmUp,
    };

    #instance;
    #store = null;

    /** @param {LuaInstance} [instance] for subclasses in our own modules */
    constructor(instance = new LuaInstance(new ExternalTables())) {
      this.#instance = instance;
    }

    /** Lua with a store, typed results, limits: see lua-open.mjs. */
    static async open(options) {
      return (await import("./lua-open.mjs")).open(options);
    }

    /** Goes on from what `saveImage` made: see lua-open.mjs. */
    static async openImage(image, options) {
      return (await import("./lua-open.mjs")).openImage(image, options);
    }

    /** The same as `open` in a worker: see lua-worker.mjs. */
    static async openWorker(options) {
      return (await import("./lua-worker.mjs")).openWorker(options);
    }

    /** Empties a store without reading it: see stores/open-store.mjs. */
    static async eraseStore(options) {
      return (await import("./stores/open-store.mjs")).eraseStore(options);
    }

    /**
     * Starts a fresh Lua state. External tables stay, so this is also the way on after an instance has failed.
     * @typedef {string | URL | BufferSource | Response | WebAssembly.Module} WasmSource
     * @param {WasmSource | Promise<WasmSource>} [source] `lua.wasm`, or where to find it
     * @param {{warmUp?: boolean}} [options] warmUp: whether some 30 ms of idle time, in pieces, are spent on making later
     *   runs faster; default true in a page, false elsewhere
     * @returns {Promise<this>}
     */
    async load(source = DEFAULT_WASM, { warmUp: isWanted = inPage } = {}) {
      await this.#instance.load(source);
      if (isWanted) warmUp(this.#instance.module);
      return this;
    }

    /** The exports of lua.wasm, for what has no method here: `run_gc`, `get_memory_stats`. Null before `load`. */
    get exports() {
      return this.#instance.exports;
    }

    /**
     * Runs `code`, or evaluates it when it is an expression.
     * @param {string} code
     * @returns {string} all output, then the returned values, separated by tabs
     * @throws {LuaError} an error in Lua: `message` is Lua's own, as in `eval:1: boom`; `traceback` is kept apart
     * @throws {Error} an instance that cannot run (any more)
     */
    eval(code) {
      const { isError, text } = this.#instance.run(code);
      if (isError) throw new LuaError(text, undefined, undefined, this.#instance.reasonOf(text));
      return text;
    }

    /**
     * Collects garbage, of external tables too: those that nothing reaches are deleted.
     * @param {{timeout?: number, signal?: AbortSignal}} [options] timeout: milliseconds, for all of it; without end by
     *   default. A signal that is aborted keeps it from beginning: nothing can abort one while Lua runs in this thread.
     * @throws {LuaLimitError} a finalizer was stopped: all others are called by a later collection
     * @throws {unknown} the reason of the signal
     */
    runGc({ timeout = Infinity, signal } = {}) {
      if (!(timeout > 0)) throw new TypeError(`runGc: timeout is ${String(timeout)}, and must be a positive number of milliseconds`);
      signal?.throwIfAborted();
      const { services } = this.#instance;
      const end = performance.now() + timeout;
      let wasStopped = false;
      services.isOver = () => (wasStopped ||= performance.now() >= end);
      try {
        this.#instance.collect();
      } finally {
        services.isOver = () => false;
      }
      if (wasStopped) throw new LuaLimitError("time", "interrupted");
    }

    /**
     * A view of an external table, live and like a Map; see LuaTable in lua-tables.js. It stands for an id: after
     * restoring other tables, ask for a name again.
     * @param {string | number} nameOrId a name, as in `ext.table(name)`, or an id: 1 is `Memory`
     * @returns {LuaTable} the same one for the same table
     */
    table(nameOrId) {
      return this.#withViews().table(nameOrId);
    }

    /**
     * Brings tables of the earlier, Zig-built lua.wasm to the keys of this one, once: call it after every load.
     * See lua-migrate.js for what it does and what it cannot know.
     * @returns {Migration} what was done, and what needs a look
     * @throws {Error} a damaged catalogue; then nothing has changed
     */
    migrate() {
      return part("migrate", "lua-migrate.js")(this.#withViews());
    }

    #withViews() {
      return (this.#store ??= new (part("Store", "lua-tables.js"))(this.#instance.tables));
    }

    /** @returns {Snapshot} all external tables that `Memory` and names reach, in a form that JSON keeps */
    createSnapshot() {
      return writeSnapshot(this.#instance.tables);
    }

    /**
     * Replaces all external tables. Lua sees the new ones in the next `eval`.
     * @param {Snapshot | object} snapshot ours, or one of an earlier page
     * @throws {Error} naming the table and key that is damaged; then nothing has changed
     */
    restoreSnapshot(snapshot) {
      this.#instance.tables.takeOver(readSnapshot(snapshot));
    }

    /**
     * Writes the entry `lua_snapshot_<name>`.
     * @throws {Error} naming the entry and its size, when it is not taken; then the earlier entry is still there
     */
    saveToLocalStorage(name = "default") {
      const storage = localStorageHere();
      const json = JSON.stringify(this.createSnapshot());
      try {
        storage.setItem(entryName(name), json);
      } catch (cause) {
        const entry = `'${entryName(name)}' (${json.length} bytes)`;
        throw new Error(`localStorage did not take ${entry}; what it had before is still there: ${cause.message}`, {
          cause,
        });
      }
    }

    /**
     * Restores the entry `lua_snapshot_<name>`.
     * @returns {boolean} false when there is no such entry
     * @throws {Error} naming the entry, when it is damaged; then nothing has changed
     */
    loadFromLocalStorage(name = "default") {
      const json = localStorageHere().getItem(entryName(name));
      if (json === null) return false;
      try {
        this.restoreSnapshot(JSON.parse(json));
      } catch (cause) {
        throw new Error(`localStorage entry '${entryName(name)}' is damaged: ${cause.message}`, { cause });
      }
      return true;
    }

    /** Megabytes are text with two decimals. Tables and items include the catalogue that the module keeps in table 0. */
    getStats() {
      const linearBytes = this.#instance.exports?.memory.buffer.byteLength ?? 0;
      return {
        linearMemoryMB: (linearBytes / MEGABYTE).toFixed(2),
        externalTableCount: this.#instance.tables.tableCount,
        externalTableItems: this.#instance.tables.itemCount,
        externalMB: (this.#instance.tables.byteCount / MEGABYTE).toFixed(2),
      };
    }
  }

  globalThis.LuaPersistent = LuaPersistent;
  if (typeof module === "object" && module.exports) {
    require("./lua-codec.js");
    const { LuaTable, LuaOpaque } = require("./lua-tables.js");
    require("./lua-plain.js");
    require("./lua-migrate.js");
    module.exports = { LuaPersistent, LuaError, LuaLimitError, LuaTable, LuaOpaque };
  }
})();
