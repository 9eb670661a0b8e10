// The interface of stores. It knows nothing about tables or the contents of records.
import type { Signal } from "../core/platform.ts";

/**
 * Holds records: bytes under names of printable ASCII. A database, a file or a service needs no more than this to be a
 * store; js/src/node/sqlite-store.ts is one. A name can be three times as long as the key in Lua.
 */
export interface LuaStore {
  /** All records; none for a new store. */
  load(): StoreRecords | Promise<StoreRecords>;
  /**
   * Makes all of the changes, or on an error none. Each name occurs once. The last change is that of the record `header`, which
   * sums up all others.
   * @param known what the store's `header` may be in the same transaction: the one that was read or committed last, and those
   *   of commits that failed since, or seemed to. If it is none of these, someone else has written: throw
   */
  commit(changes: RecordChange[], known: (Uint8Array | undefined)[]): void | Promise<void>;
  /** Removes every record, readable or not. */
  clear(): void | Promise<void>;
  /**
   * Called before anything else. For "refuse": throw a StoreError of kind "busy". For a store without this method the caller
   * makes sure that nobody else uses it.
   */
  lock?(whenBusy: WhenBusy, signal?: Signal): StoreLock | Promise<StoreLock>;
  /** Called last, before the lock is released. */
  close?(): void | Promise<void>;
  /** Names the store in messages, as in `IndexedDB store 'default'`. */
  label?: string;
}

/** More that our own stores have. */
export interface OwnStore extends LuaStore {
  /** Whether it keeps nothing, so that there is no use in making records. */
  isVolatile?: boolean;
  /** @returns the JSON of a snapshot that an earlier page left, for a new store to begin with */
  earlierSnapshot?(): string | null;
  /** Called when it is known what the next commit has: all that is finished, and nothing later. */
  captured?(): void;
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
