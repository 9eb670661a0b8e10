// What the tests of stores share: tables without Lua, a Storage with a quota, Web Locks, and ways to look at both.
import { openStore } from "../../js/dist/stores/open-store.js";
import { localStorageStore } from "../../js/dist/stores/local-storage-store.js";

/** The part of ExternalTables that stores use. */
export class Tables {
  #tables = new Map();
  journal = null;

  get(id, key) {
    return this.#tables.get(id)?.get(key);
  }

  set(id, key, value) {
    this.journal?.(id, key, this.get(id, key));
    this.restore(id, key, value);
  }

  delete(id, key) {
    const before = this.get(id, key);
    if (!before) return false;
    this.journal?.(id, key, before);
    this.restore(id, key, undefined);
    return true;
  }

  restore(id, key, value) {
    const table = this.#tables.get(id) ?? new Map();
    if (value) this.#tables.set(id, table.set(key, value));
    else if (table.delete(key) && table.size === 0) this.#tables.delete(id);
  }

  /** Keys may be of any length here. */
  admit() {}

  entries() {
    return this.#tables.entries();
  }
}

export const bytes = (...list) => Uint8Array.from(list);
export const text = string => new TextEncoder().encode(string);

/** Everything in tables, in an order of its own: to compare. */
export function contents(tables) {
  const all = [];
  for (const [id, keys] of tables.entries())
    for (const [key, value] of keys) all.push([`${id}/${key}`, Buffer.from(value).toString("latin1")]);
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Opens a store with tables of its own. */
export async function open(store, options = {}) {
  const tables = new Tables();
  const persistence = await openStore({ store, ...options }, tables);
  return { tables, persistence };
}

/** One unit of work, committed. */
export async function unit({ tables, persistence }, change) {
  persistence.begin();
  change(tables);
  persistence.succeed();
  await persistence.commit();
}

/** What a store has, opened and closed again. */
export async function reopened(store, options) {
  const { tables, persistence } = await open(store, options);
  await persistence.close();
  return contents(tables);
}

/** A Storage in memory. Its quota counts the characters of keys and values, as Chromium does. */
export class FakeStorage {
  items = new Map();
  quota = Infinity;
  /** Called before each change, with what is there: may throw. */
  onChange = () => {};

  get length() {
    return this.items.size;
  }

  get used() {
    let used = 0;
    for (const [key, value] of this.items) used += key.length + value.length;
    return used;
  }

  key(index) {
    return [...this.items.keys()][index] ?? null;
  }

  getItem(key) {
    return this.items.get(key) ?? null;
  }

  setItem(key, value) {
    this.onChange(this.items);
    const before = this.items.has(key) ? key.length + this.items.get(key).length : 0;
    if (this.used - before + key.length + value.length > this.quota) {
      throw new DOMException("Setting the value exceeded the quota.", "QuotaExceededError");
    }
    this.items.set(key, String(value));
  }

  removeItem(key) {
    this.onChange(this.items);
    this.items.delete(key);
  }
}

/** A Storage with these items. @param {Map<string, string>} items */
export function storageOf(items) {
  const storage = new FakeStorage();
  storage.items = items;
  return storage;
}

/** A store on a fake Storage, without locks. */
export const onStorage = (storage, name) => localStorageStore({ storage, name, lock: false });

/** Web Locks of one origin: exclusive ones only. */
export class FakeLocks {
  #tails = new Map();

  async request(name, { ifAvailable = false, signal } = {}, hold) {
    if (ifAvailable && this.#tails.has(name)) return hold(null);
    const before = this.#tails.get(name);
    let end;
    const tail = new Promise(resolve => (end = resolve));
    this.#tails.set(name, tail);
    try {
      await Promise.race([before, aborted(signal)]);
      return await hold({ name });
    } finally {
      Promise.resolve(before).then(end);
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}

function aborted(signal) {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

/** Gives this process `navigator.locks`, or takes it away. */
export function setLocks(locks) {
  Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
}

/** Pseudo-random numbers below `n`, the same ones for the same seed. */
export function random(seed) {
  let state = seed >>> 0;
  return n => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
