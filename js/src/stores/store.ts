// The interface of stores. It knows nothing of tables, and nothing of what records hold.
import type { Signal } from "../core/platform.ts";

/**
 * Holds records: bytes under names of printable ASCII. All that a database, a file or a service needs to be a store;
 * js/src/node/sqlite-store.ts is one. Names can be as long as keys in Lua, three times over.
 */
export interface LuaStore {
  /** All records; none for a new store. */
  load(): StoreRecords | Promise<StoreRecords>;
  /**
   * All of the changes, or on an error none. Each name is there once. The last change is that of the record `header`, which says
   * what all others are.
   * @param known what that record may be in the store, seen in the same transaction: the one that was read or committed
   *   last, and those of commits that failed since, or only seemed to. Throw when it is something else, for then someone
   *   else has written
   */
  commit(changes: RecordChange[], known: (Uint8Array | undefined)[]): void | Promise<void>;
  /** Removes every record, readable or not. */
  clear(): void | Promise<void>;
  /**
   * Called before anything else. For "refuse": throw a StoreError of kind "busy". Without it the caller sees to it that no one
   * else has the store.
   */
  lock?(whenBusy: WhenBusy, signal?: Signal): StoreLock | Promise<StoreLock>;
  /** Called last, before the lock is released. */
  close?(): void | Promise<void>;
  /** Names the store in messages, as in `IndexedDB store 'default'`. */
  label?: string;
}

/** What our own stores have beside that. */
export interface OwnStore extends LuaStore {
  /** Whether it keeps nothing, so that there is no use in making records. */
  isVolatile?: boolean;
  /** What an earlier page left for a new store to begin with: the JSON of a snapshot. */
  earlierSnapshot?(): string | null;
}

export type StoreRecords = Iterable<[string, Uint8Array]> | AsyncIterable<[string, Uint8Array]>;

/** `null` deletes. */
export interface RecordChange {
  name: string;
  bytes: Uint8Array | null;
}

export interface StoreLock {
  readOnly: boolean;
  release(): void | Promise<void>;
}

/** What to do while someone else has the store. */
export type WhenBusy = "wait" | "readOnly" | "refuse";

/** Where tables are kept, and how it is opened. */
export interface StoreOptions {
  /** Where tables are kept. Default "memory": only in this instance. */
  store?: "memory" | "localStorage" | "indexedDB" | LuaStore;
  /** Of a store in localStorage or IndexedDB. Default "default". */
  name?: string;
  /** Default "wait". */
  whenBusy?: WhenBusy;
  /** false: the caller promises that no other tab uses the store. */
  lock?: boolean;
  /** Ends waiting for another tab. */
  signal?: Signal;
}
