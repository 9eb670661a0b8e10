// The interface of stores, and the fence around one: whatever a store throws, rejects with or answers becomes a
// StoreError that names it. It knows nothing of tables, and nothing of what records hold.
import { HEADER } from "./records.mjs";
import { StoreError, damaged, failed, full, isQuota, isStoreError } from "./store-error.mjs";

/**
 * Holds records: bytes under names of printable ASCII. All that a database, a file or a service needs to be one; see
 * examples/sqlite-store.mjs. Names can be as long as keys in Lua, three times over.
 * @typedef {object} Store
 * @property {() => Records | Promise<Records>} load all records; none for a new store
 * @property {(changes: RecordChange[], known: (Uint8Array | undefined)[]) => void | Promise<void>} commit all of the
 *   changes, or on an error none. Each name is there once. The last change is that of the record `header`, which says what
 *   all others are. A store that others may write to must have one of the `known` headers, seen in the same transaction,
 *   or else throw: the one that was read or committed last, and those of commits that failed since, or only seemed to.
 * @property {() => void | Promise<void>} clear removes every record, readable or not
 * @property {(whenBusy: WhenBusy, signal?: AbortSignal) => Lock | Promise<Lock>} [lock] called before anything else.
 *   Without it the caller sees to it that no one else has the store. For "refuse": throw `busy(label)`.
 * @property {() => void | Promise<void>} [close] called last, before the lock is released
 * @property {string} [label] names the store in messages, as in `IndexedDB store 'default'`
 *
 * @typedef {Iterable<[string, Uint8Array]> | AsyncIterable<[string, Uint8Array]>} Records
 * @typedef {{name: string, bytes: Uint8Array | null}} RecordChange null deletes
 * @typedef {"wait" | "readOnly" | "refuse"} WhenBusy what to do when someone else has the store
 * @typedef {{readOnly: boolean, release: () => void | Promise<void>}} Lock
 */

const NO_LOCK = { readOnly: false, release() {} };

/** A store that keeps to its interface, or says that it does not. */
export class CheckedStore {
  #store;
  /** What the record `header` may be in the store: copies, for what a store is given is its own. @type {(Uint8Array | undefined)[]} */
  #known = [undefined];

  /** @param {Store} store @throws {TypeError} naming what it lacks */
  constructor(store) {
    this.#store = store;
    /** @type {string} */
    this.label = typeof store.label === "string" && store.label ? store.label : "the store";
    for (const method of ["load", "commit", "clear"]) {
      if (typeof store[method] !== "function") throw new TypeError(`${this.label} has no method ${method}()`);
    }
  }

  /** Whether it keeps nothing, so that there is no use in making records. */
  get isVolatile() {
    return this.#store.isVolatile === true;
  }

  /** @returns {Promise<[string, Uint8Array][]>} */
  async load() {
    this.#known = [undefined];
    return this.#call("could not be read", async () => this.#collect(await this.#store.load()));
  }

  async #collect(found) {
    const records = [];
    if (!found?.[Symbol.iterator] && !found?.[Symbol.asyncIterator]) {
      throw this.#misbehaved(`load() gave ${kindOf(found)}, not something to iterate over`);
    }
    // To wait for each record of many that are there takes longer than all the rest.
    if (found[Symbol.iterator]) for (const record of found) records.push(this.#checked(record));
    else for await (const record of found) records.push(this.#checked(record));
    return records;
  }

  #checked(record) {
    const [name, bytes] = Array.isArray(record) ? record : [];
    if (typeof name !== "string" || record.length !== 2) {
      throw this.#misbehaved("load() gave something that is not a pair of a name and bytes");
    }
    if (name === HEADER && isBytes(bytes)) this.#known = [Uint8Array.from(bytes)];
    if (bytes instanceof Uint8Array && bytes.constructor === Uint8Array) return record;
    if (!isBytes(bytes)) throw damaged(this.label, `record '${name.slice(0, 80)}' is ${kindOf(bytes)}, not bytes`);
    return [name, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
  }

  /** @param {RecordChange[]} changes @returns {Promise<void>} */
  async commit(changes) {
    const header = changes.at(-1).bytes.slice();
    const known = this.#known.map((bytes) => bytes?.slice());
    this.#known.push(header);
    await this.#call("could not commit", () => this.#store.commit(changes, known), changes);
    this.#known = [header];
  }

  /** @returns {Promise<void>} */
  async clear() {
    await this.#call("could not be emptied", () => this.#store.clear());
    this.#known = [undefined];
  }

  /** @param {WhenBusy} whenBusy @param {AbortSignal} [signal] @returns {Promise<Lock>} */
  async lock(whenBusy, signal) {
    // A store that listens for its end now would never hear of it.
    signal?.throwIfAborted();
    if (!this.#store.lock) return NO_LOCK;
    return this.#call("could not be locked", async () => this.#fenced(await this.#store.lock(whenBusy, signal)), [], signal);
  }

  #fenced(lock) {
    if (typeof lock?.release === "function") return { readOnly: lock.readOnly === true, release: () => lock.release() };
    throw this.#misbehaved(`lock() gave ${kindOf(lock)}, not {readOnly, release}`);
  }

  /** @param {Lock} lock is released, even when the store cannot be closed */
  async close(lock) {
    try {
      await this.#call("could not be closed", () => this.#store.close?.());
    } finally {
      await this.#call("could not be unlocked", () => lock.release());
    }
  }

  /** @returns {string | null} what an earlier page left for a new store to begin with: the JSON of a snapshot */
  earlierSnapshot() {
    return this.#store.earlierSnapshot?.() ?? null;
  }

  async #call(doing, call, changes = [], signal) {
    try {
      return await call();
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw isQuota(cause) && !isStoreError(cause) ? full(this.label, sizeOf(changes), cause) : failed(this.label, doing, cause);
    }
  }

  #misbehaved(what) {
    return new StoreError("failed", this.label, `does not keep to the interface of stores: ${what}`);
  }
}

const isBytes = (value) => ArrayBuffer.isView(value) && value.BYTES_PER_ELEMENT === 1;

const sizeOf = (changes) => changes.reduce((size, { name, bytes }) => size + name.length + (bytes?.length ?? 0), 0);

/** @returns {string} as in "gave a number" */
function kindOf(value) {
  if (value === null || value === undefined) return String(value);
  return `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
