// Lua for the page: with the best store that there is here, in a worker where there can be one. It knows nothing of what
// the page looks like.
import { eraseStore as erase } from "../../../js/src/stores/open-store.ts";
import { StoreError } from "../../../js/src/stores/store-error.ts";
import { openWorker } from "../../../js/src/worker/lua-worker.ts";
import { begunWasm } from "./begun.mjs";
import INSPECTOR from "./inspector.lua";

/** The best first. */
const STORES = ["indexedDB", "localStorage", "memory"];
/** Milliseconds, for scripts that nothing else can stop. */
export const LONGEST_RUN = 10_000;
/** Moments that Lua can go back to; each question of the page is one, as each run is. */
const MOMENTS = 200;
/** Bytes of memory beyond which there is no history: it has a copy of them. */
const LARGE = 128 * 2 ** 20;
/** A run that fails leaves Memory as it was; one that hoards memory fails, before the browser ends the page. */
const GUARDED = { rollbackOnError: true, memoryLimit: 512 * 2 ** 20 };
/** Runs inside of the page's Lua: their output has been shown. */
const EXECUTE = "local execute, source, name = ... return execute(source, name)";
/** Where the browser cannot tell tabs apart, a second one that writes is noticed when it does. */
const lock = navigator.locks ? {} : { lock: false };

/** What the option `store` is for a kind of store: few pages need the one in localStorage, which is loaded then. */
async function storeOf(kind, name) {
  if (kind !== "localStorage") return kind;
  const { localStorageStore } = await import("../../../js/src/stores/local-storage-store.ts");
  return localStorageStore({ name, ...lock });
}

/**
 * Opens the first store that can be used.
 * @param {object} options
 * @param {string} options.name of the store
 * @param {object} options.host functions for Lua
 * @param {"wait" | "readOnly" | "refuse"} [options.whenBusy] default "refuse"
 * @param {AbortSignal} [options.signal] ends waiting
 * @param {Uint8Array} [options.image] to go on from, with its globals and its Memory in the place of the store's
 * @param {() => void} [options.onRestart] called when Lua's globals were lost
 * @param {string[]} [options.stores] the ones to try
 * @returns {Promise<PageLua>}
 * @throws {StoreError} busy, damaged or of a newer version; `kindOfStore` is which
 * @throws {Error} there is no Lua here
 */
export async function openLua({ name, onRestart, stores = STORES, whenBusy = "refuse", ...others }) {
  const unusable = [];
  const wasm = await begunWasm();
  for (const store of stores) {
    const opened = new PageLua({ name, store, unusable, onRestart });
    try {
      await opened.open({
        ...others,
        ...wasm,
        ...lock,
        ...GUARDED,
        store: await storeOf(store, name),
        name,
        whenBusy,
        outputLimit: 1,
      });
      return opened;
    } catch (error) {
      if (error?.kind !== "failed") throw Object.assign(error, { kindOfStore: store });
      unusable.push(error);
    }
  }
  throw unusable.pop();
}

/** Empties a store that cannot be opened. @param {string} store @param {string} name */
export const eraseStore = async (store, name) =>
  erase({ ...lock, store: await storeOf(store, name), name, whenBusy: "refuse" });

/** An opened Lua, wherever it runs. */
class PageLua {
  #lua;
  #name;
  #onRestart;
  /** The functions of inspector.lua in the present Lua. @type {Promise<Record<string, LuaFunction>> | null} */
  #inspector = null;

  constructor({ name, store, unusable, onRestart }) {
    this.#name = name;
    this.#onRestart = onRestart;
    /** Whether scripts can be stopped, and the page goes on while they run. */
    this.isWorker = true;
    /** "indexedDB", "localStorage" or "memory". */
    this.store = store;
    /** Why better stores were not taken. */
    this.unusable = unusable;
  }

  /** Once, before everything else. */
  async open(options) {
    try {
      this.#lua = await openWorker({ ...options, onRestart: () => this.#restarted() });
    } catch (error) {
      if (error instanceof StoreError || options.signal?.aborted) throw error;
      // There are no workers here; or no Lua at all, and then this says so, too.
      const { open, openImage } = await import("../../../js/src/open.ts");
      const { image, ...settings } = { ...options, timeout: LONGEST_RUN };
      this.#lua = await (image ? openImage(image, settings) : open(settings));
      this.isWorker = false;
    }
  }

  #restarted() {
    this.#inspector = null;
    this.#onRestart?.();
  }

  get readOnly() {
    return this.#lua.readOnly;
  }

  #inspect() {
    this.#inspector ??= this.#lua.run(INSPECTOR, { name: "page" }).then(
      ({ values }) => values[0],
      error => {
        this.#inspector = null;
        throw error;
      },
    );
    return this.#inspector;
  }

  /**
   * @param {string} code
   * @param {{name: string, onOutput: (text: string) => void, onSteps: (steps: number) => void, signal: AbortSignal}} options
   *   name: of the source, for places
   * @returns {Promise<{values: object[], exit?: number}>} what each value is, when what was changed is durable
   * @throws {LuaError | StoreError} the second: it ran, and is not durable yet
   */
  async run(code, { name, ...options }) {
    const { execute } = await this.#inspect();
    const { values, exit } = await this.#lua.run(EXECUTE, { ...options, args: [execute, code, name], name: "page" });
    return { values: values[0] ?? [], exit };
  }

  /** Calls a function of inspector.lua. @param {string} name @param {...unknown} args */
  async ask(name, ...args) {
    const inspector = await this.#inspect();
    try {
      return (await inspector[name].call(...args))[0];
    } catch (error) {
      // It ran; what an earlier run changed is not durable yet, which was said then.
      if (error.result) return error.result.values[0];
      throw error;
    }
  }

  /** @returns {Promise<string[]>} the functions of the host that scripts wait for; while one computes there is no answer */
  async waits() {
    return (await this.#lua.getStats()).waits;
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

  /** What images are bound to. @returns {string | null} */
  get wasmHash() {
    return this.#lua.wasmHash;
  }

  /** @returns {Promise<Uint8Array>} Memory and all of Lua's globals */
  image() {
    return this.#lua.saveImage();
  }

  /** @returns {Promise<void>} when Memory is empty */
  async clear() {
    await this.#lua.clear();
  }

  /** @returns {Promise<boolean>} whether Lua itself has failed, so that nothing runs until `restart` */
  async hasFailed() {
    return (await this.#lua.getStats()).luaBytes === 0;
  }

  /** Restarts Lua, with Memory as it was last committed. */
  async restart() {
    await this.#lua.load();
    this.#restarted();
  }

  /** @returns {Promise<{n: number, when: Date}[]>} moments to which Lua can go back, from the oldest to now; none when it is large */
  async history() {
    const { linearBytes } = await this.#lua.getStats();
    return this.#lua.history({ keep: linearBytes > LARGE ? 0 : MOMENTS });
  }

  /** Goes back, with Memory, globals and all. Nothing that inspector.lua told counts any more. @param {number} n of a moment */
  async rewind(n) {
    await this.#lua.rewind(n);
    this.#inspector = null;
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
    return { ...(await this.#lua.getStats()), storeBytes: await sizeOf(this.store, this.#name) };
  }
}

/** @returns {Promise<number | null>} bytes, as the browser estimates them */
async function sizeOf(store, name) {
  if (store === "localStorage") {
    const keys = Object.keys(localStorage).filter(key => key.startsWith(`lua_store/${name}/`));
    return keys.reduce((size, key) => size + key.length + localStorage.getItem(key).length, 0);
  }
  if (store === "memory" || !navigator.storage?.estimate) return null;
  const { usage, usageDetails } = await navigator.storage.estimate();
  return usageDetails?.indexedDB ?? usage ?? null;
}
