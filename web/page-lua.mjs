// Lua for the page: with the best store that there is here, in a worker where there can be one. It knows nothing of what
// the page looks like.
import { LuaPersistent, StoreError } from "./lua-persistent.mjs";

/** Of the store. */
const NAME = "page";
/** The best first. */
const STORES = ["indexedDB", "localStorage", "memory"];
/** Milliseconds, for scripts that nothing else can stop. */
export const LONGEST_RUN = 10_000;
/** Characters of output of one run. */
export const OUTPUT_LIMIT = 2 ** 18;

/**
 * Opens the first store that can be used.
 * @param {object} [options]
 * @param {"wait" | "readOnly" | "refuse"} [options.whenBusy] default "refuse"
 * @param {AbortSignal} [options.signal] ends waiting
 * @param {() => void} [options.onRestart] called when Lua's globals were lost
 * @param {string[]} [options.stores] the ones to try
 * @returns {Promise<PageLua>}
 * @throws {StoreError} busy, damaged or of a newer version; `kindOfStore` is which
 * @throws {Error} there is no Lua here
 */
export async function openLua({ whenBusy = "refuse", signal, onRestart, stores = STORES } = {}) {
  const unusable = [];
  for (const store of stores) {
    try {
      const opened = await openIn({ store, name: NAME, whenBusy, signal, outputLimit: OUTPUT_LIMIT }, onRestart);
      return new PageLua({ ...opened, store, unusable });
    } catch (error) {
      if (error?.kind !== "failed") throw Object.assign(error, { kindOfStore: store });
      unusable.push(error);
    }
  }
  throw unusable.pop();
}

/** Empties a store that cannot be opened. @param {string} store */
export const eraseStore = store => LuaPersistent.eraseStore({ store, name: NAME, whenBusy: "refuse" });

async function openIn(options, onRestart) {
  try {
    return { lua: await LuaPersistent.openWorker({ ...options, onRestart }), isWorker: true };
  } catch (error) {
    if (error instanceof StoreError || options.signal?.aborted) throw error;
    // There are no workers here; or no Lua at all, and then this says so, too.
    return { lua: await LuaPersistent.open({ ...options, timeout: LONGEST_RUN }), isWorker: false };
  }
}

/** An opened Lua, wherever it runs. */
class PageLua {
  #lua;
  /** How many runs there were. */
  #runs = 0;

  /** @param {{lua: LuaWorker | LuaSession, isWorker: boolean, store: string, unusable: StoreError[]}} opened */
  constructor({ lua, isWorker, store, unusable }) {
    this.#lua = lua;
    /** Whether scripts can be stopped, and the page goes on while they run. */
    this.isWorker = isWorker;
    /** "indexedDB", "localStorage" or "memory". */
    this.store = store;
    /** Why better stores were not taken. */
    this.unusable = unusable;
  }

  get readOnly() {
    return this.#lua.readOnly;
  }

  /**
   * @param {string} code
   * @param {{onOutput: (text: string) => void, signal: AbortSignal}} options
   * @returns {Promise<string>} output and values, when what was changed is durable
   * @throws {LuaError | StoreError} with `chunk`, the name of what ran; the second with `result.output`: it ran, and is not
   *   durable yet
   */
  async run(code, options) {
    const name = `run ${++this.#runs}`;
    try {
      return await this.#run(code, { ...options, name });
    } catch (error) {
      throw error instanceof Error && !(error instanceof DOMException) ? Object.assign(error, { chunk: name }) : error;
    }
  }

  async #run(code, { onOutput, signal, name }) {
    if (this.isWorker) return this.#lua.eval(code, { onOutput, signal, name });
    const text = this.#lua.eval(code, { onOutput, name });
    await this.#lua.flush().catch(error => {
      throw Object.assign(error, { result: { output: text } });
    });
    return text;
  }

  /** @returns {Promise<Snapshot>} */
  async snapshot() {
    return this.#lua.createSnapshot();
  }

  /**
   * Replaces everything in Memory, durably. Of snapshots that have no version, keys are brought to the form of today.
   * @param {object} snapshot
   * @returns {Promise<number>} how many keys that were
   * @throws {Error} naming what is damaged; then nothing has changed
   */
  async restore(snapshot) {
    await this.#lua.restoreSnapshot(snapshot);
    const { integerKeys, stringKeys } =
      snapshot.version === undefined ? await this.#lua.migrate() : { integerKeys: 0, stringKeys: 0 };
    await this.#lua.flush();
    return integerKeys + stringKeys;
  }

  /** @returns {Promise<void>} when Memory is empty */
  clear() {
    return this.#lua.clear();
  }

  /** @returns {Promise<boolean>} whether Lua itself has failed, so that nothing runs until `restart` */
  async hasFailed() {
    return (await this.#lua.getStats()).luaBytes === 0;
  }

  /** Restarts Lua, with Memory as it was last committed. */
  async restart() {
    await this.#lua.load();
  }

  close() {
    return this.#lua.close();
  }

  /** Whether other tabs wait for the store that this one has. */
  get isLocked() {
    return !this.readOnly && this.store !== "memory";
  }

  /**
   * Lets go of the store without waiting for anything but a commit under way: for a page that is about to be frozen.
   * @returns {Promise<void>}
   */
  leave() {
    return this.isWorker ? this.#lua.terminate() : this.#lua.close({ discard: true });
  }

  /** @returns {Promise<SessionStatistics & {storeBytes: number | null}>} null: nobody knows */
  async statistics() {
    return { ...(await this.#lua.getStats()), storeBytes: await sizeOf(this.store) };
  }
}

/** @returns {Promise<number | null>} bytes, as the browser estimates them */
async function sizeOf(store) {
  if (store === "localStorage") {
    const keys = Object.keys(localStorage).filter(key => key.startsWith(`lua_store/${NAME}/`));
    return keys.reduce((size, key) => size + key.length + localStorage.getItem(key).length, 0);
  }
  if (store === "memory" || !navigator.storage?.estimate) return null;
  const { usage, usageDetails } = await navigator.storage.estimate();
  return usageDetails?.indexedDB ?? usage ?? null;
}
