// The store of a Lua in a worker. It is on the page's side, where all kinds of stores can be, and where a commit goes on
// when the worker is ended; the worker has a store that calls it. It knows nothing about records.
import type { Signal } from "../core/platform.ts";
import { Waiting } from "../session/patience.ts";
import { applyChanges } from "../stores/changes.ts";
import type { CheckedStore } from "../stores/checked-store.ts";
import { memoryStore } from "../stores/memory-store.ts";
import { storeIn } from "../stores/open-store.ts";
import { type Packed, packChanges, unpackChanges } from "../stores/packed-changes.ts";
import type { OwnStore, RecordChange, StoreLock, StoreOptions, WhenBusy } from "../stores/store.ts";
import { HELD, type Methods, Moved, buffersOf } from "./channel.ts";
import type { EarlyAnswer } from "./early-answer.ts";

/** Outlasts workers, with which their tables are lost. */
const heldStore = (): OwnStore => ({ ...memoryStore(), label: "memory" });

/** @throws {TypeError} options that make no sense @throws {StoreError} there is no such storage here */
export const hostStore = (options: StoreOptions): StoreHost =>
  new StoreHost(storeIn(options, heldStore), options.signal);

/** Does the calls of workers on one store, one after the other, and holds its lock from the first worker to the last. */
export class StoreHost {
  readonly #store: CheckedStore;
  readonly #signal: Signal | undefined;
  #lock: Promise<StoreLock> | null = null;
  /** The lock, once it is there. */
  #held: StoreLock | null = null;
  #closing: Promise<void> | null = null;
  /** Changes that the store did not take, for its next commit: they must not be lost with a worker. */
  #refused = new Map<string, Uint8Array | null>();
  #hasChanges = false;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = new Waiting();

  /** @param signal ends waiting for the lock */
  constructor(store: CheckedStore, signal?: Signal) {
    this.#store = store;
    this.#signal = signal;
  }

  get label(): string {
    return this.#store.label;
  }

  /** Whether the store has taken all changes. */
  get isDurable(): boolean {
    return this.#refused.size === 0;
  }

  /** Whether any changes were made: those that the store did not take count, too. */
  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  async lock(whenBusy: WhenBusy): Promise<{ readOnly: boolean }> {
    this.#lock ??= this.#store.lock(whenBusy, this.#signal);
    this.#held = await this.#lock;
    return { readOnly: this.#held.readOnly };
  }

  /** @returns see CheckedStore.earlierSnapshot */
  load(): Promise<{ records: RecordChange[]; earlier: string | null }> {
    return this.#next(async () => {
      const records = new Map(await this.#store.load());
      const earlier = records.size === 0 ? this.#store.earlierSnapshot() : null;
      applyChanges(records, this.#changes());
      return { records: Array.from(records, ([name, bytes]) => ({ name, bytes })), earlier };
    });
  }

  commit(changes: RecordChange[]): Promise<void> {
    return this.#next(async () => {
      this.#hasChanges = true;
      for (const { name, bytes } of changes) {
        // Deleted first, so that the header is the last one.
        this.#refused.delete(name);
        this.#refused.set(name, bytes);
      }
      await this.#store.commit(this.#changes());
      this.#refused.clear();
    });
  }

  /** Gives the store once more the changes that it did not take. @throws {StoreError} */
  async flush(): Promise<void> {
    await this.#last;
    if (!this.isDurable) await this.commit([]);
  }

  clear(): Promise<void> {
    return this.#next(async () => {
      this.#refused.clear();
      await this.#store.clear();
    });
  }

  /** Lets go of the store, after the calls under way. */
  close(): Promise<void> {
    this.#closing ??= this.#held ? this.#queue(() => this.#store.close(this.#held!)) : this.#giveUp();
    return this.#closing;
  }

  /** Rejects all calls that wait. One under way goes on, and the lock is kept until it is done. */
  abandon(error: unknown) {
    this.#waiting.giveUp(error);
  }

  /** A lock that comes too late is not waited for. */
  async #giveUp(): Promise<void> {
    this.#lock?.then(lock => this.#store.close(lock)).catch(() => {});
  }

  /** @returns the changes that the store did not take */
  #changes(): RecordChange[] {
    return Array.from(this.#refused, ([name, bytes]) => ({ name, bytes }));
  }

  /** Does `task` after those before. A worker that was too late opens nothing again. */
  #next<T>(task: () => T | Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(new Error(`${this.label} is closed`));
    return this.#waiting.until(this.#queue(task));
  }

  #queue<T>(task: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {});
    return done;
  }
}

/**
 * The methods that a worker calls.
 * @param committing called when a commit begins
 * @param answer gives one that came with a commit to whoever waits for it
 */
export const storeMethods = (
  host: StoreHost,
  committing: () => () => void,
  answer: (early: EarlyAnswer) => void,
): Methods => ({
  lock: (whenBusy: WhenBusy) => host.lock(whenBusy),
  async load() {
    const { records, earlier } = await host.load();
    const packed = packChanges(records);
    return new Moved({ packed, earlier }, buffersOf(packed));
  },
  async commit(packed: Packed, early: EarlyAnswer | null) {
    const committed = committing();
    try {
      await host.commit(unpackChanges(packed)!.map(ofItsOwn));
    } finally {
      committed();
    }
    if (!early) return;
    answer(early);
    return HELD;
  },
  clear: () => host.clear(),
});

/** A store may keep a record, or clone it: a part of the whole commit would keep all of that, or be cloned with it. */
const ofItsOwn = ({ name, bytes }: RecordChange): RecordChange => ({ name, bytes: bytes && bytes.slice() });
