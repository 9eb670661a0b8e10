// The store of a Lua in a worker. It is on the page's side, where all kinds of stores can be and where a commit ends
// whatever becomes of the worker; the worker has a store that calls it. It knows nothing of records.
import { Waiting } from "./lua-patience.mjs";
import { Moved } from "./lua-worker-channel.mjs";
import { applyChanges } from "./stores/changes.mjs";
import { storeOf } from "./stores/kinds.mjs";
import { memoryStore } from "./stores/memory-store.mjs";
import { packChanges, unpackChanges } from "./stores/packed-changes.mjs";

/** Outlasts workers, which a store beside the tables themselves would not. */
const heldStore = () => ({ ...memoryStore(), label: "memory" });

/**
 * @param {StoreOptions} options
 * @returns {Promise<StoreHost | null>} null for a store that there is not: the worker finds the words for that
 * @throws {TypeError} naming what a store object lacks
 */
export async function hostStore(options) {
  const store = await storeOf(options, heldStore);
  return store && new StoreHost(store, options.signal);
}

/** Does what workers ask of one store, one thing after the other, and holds its lock from the first worker to the last. */
class StoreHost {
  #store;
  #signal;
  /** @type {Promise<Lock> | null} */
  #lock = null;
  /** The lock, once it is there. @type {Lock | null} */
  #held = null;
  #closing = null;
  /** What the store did not take, for its next commit: a worker that is ended must not take it along. */
  #refused = new Map();
  #last = Promise.resolve();
  #waiting = new Waiting();

  /** @param {CheckedStore} store @param {AbortSignal} [signal] ends waiting for the lock */
  constructor(store, signal) {
    this.#store = store;
    this.#signal = signal;
  }

  get label() {
    return this.#store.label;
  }

  /** Whether the store has all that it was given. */
  get isDurable() {
    return this.#refused.size === 0;
  }

  /** @param {WhenBusy} whenBusy @returns {Promise<{readOnly: boolean}>} */
  async lock(whenBusy) {
    this.#lock ??= this.#store.lock(whenBusy, this.#signal);
    this.#held = await this.#lock;
    return { readOnly: this.#held.readOnly };
  }

  /** @returns {Promise<{records: RecordChange[], earlier: string | null}>} see CheckedStore.earlierSnapshot */
  load() {
    return this.#next(async () => {
      const records = new Map(await this.#store.load());
      const earlier = records.size === 0 ? this.#store.earlierSnapshot() : null;
      applyChanges(records, this.#changes());
      return { records: Array.from(records, ([name, bytes]) => ({ name, bytes })), earlier };
    });
  }

  /** @param {RecordChange[]} changes @returns {Promise<void>} */
  commit(changes) {
    return this.#next(async () => {
      for (const { name, bytes } of changes) {
        // Deleted first, so that the header is the last one.
        this.#refused.delete(name);
        this.#refused.set(name, bytes);
      }
      await this.#store.commit(this.#changes());
      this.#refused.clear();
    });
  }

  /** Gives the store once more what it did not take. @returns {Promise<void>} @throws {StoreError} */
  async flush() {
    await this.#last;
    if (!this.isDurable) await this.commit([]);
  }

  clear() {
    return this.#next(async () => {
      this.#refused.clear();
      await this.#store.clear();
    });
  }

  /** Lets go of the store, after what is under way. @returns {Promise<void>} */
  close() {
    this.#closing ??= this.#held ? this.#queue(() => this.#store.close(this.#held)) : this.#giveUp();
    return this.#closing;
  }

  /** Answers all that wait. What is under way goes on, and the lock is kept until it is done. @param {unknown} error */
  abandon(error) {
    this.#waiting.giveUp(error);
  }

  /** A lock that comes too late is not waited for. */
  async #giveUp() {
    this.#lock?.then((lock) => this.#store.close(lock)).catch(() => {});
  }

  /** @returns {RecordChange[]} what the store did not take */
  #changes() {
    return Array.from(this.#refused, ([name, bytes]) => ({ name, bytes }));
  }

  /** Does `task` after those before. A worker that was too late opens nothing again. */
  #next(task) {
    if (this.#closing) return Promise.reject(new Error(`${this.label} is closed`));
    return this.#waiting.until(this.#queue(task));
  }

  #queue(task) {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {});
    return done;
  }
}

/**
 * The methods that a worker calls.
 * @param {StoreHost | null} host
 * @param {() => void} committing hears of each commit when it begins
 */
export const storeMethods = (host, committing) => ({
  lock: (whenBusy) => host.lock(whenBusy),
  async load() {
    const { records, earlier } = await host.load();
    const packed = packChanges(records);
    return new Moved({ packed, earlier }, buffersOf(packed));
  },
  commit(packed) {
    committing();
    return host.commit(unpackChanges(packed));
  },
  clear: () => host.clear(),
});

/**
 * In the worker: the store that the page has.
 * @param {() => Channel} channel to the page
 * @param {string} label
 * @returns {Store}
 */
export function remoteStore(channel, label) {
  let earlier = null;
  return {
    label,
    async lock(whenBusy) {
      const { readOnly } = await channel().call("lock", [whenBusy]);
      return { readOnly, release() {} };
    },
    async load() {
      const found = await channel().call("load");
      ({ earlier } = found);
      return unpackChanges(found.packed).map(({ name, bytes }) => [name, bytes]);
    },
    earlierSnapshot: () => earlier,
    commit(changes) {
      // One array moves sooner than many.
      const packed = packChanges(changes);
      return channel().call("commit", [packed], buffersOf(packed));
    },
    clear: () => channel().call("clear"),
  };
}

const buffersOf = ({ sizes, bytes }) => [sizes.buffer, bytes.buffer];
