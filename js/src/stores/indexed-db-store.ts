// Records in IndexedDB: one database per store, one transaction per commit, through the package idb. It works in a page
// and in a worker. It knows nothing about the contents of records, nor how many of them are in an entry.
import type { IDBPDatabase, IDBPTransaction } from "idb";
import { isSame } from "./changes.ts";
import { deleteDB, openDB } from "./idb.ts";
import { locker } from "./locks.ts";
import { RecordPages } from "./record-pages.ts";
import { HEADER } from "./records.ts";
import { busy, changedElsewhere, damaged, isQuota, lost, unknownVersion } from "./refusals.ts";
import { StoreError } from "./store-error.ts";
import type { WhenBusy, RecordChange, OwnStore } from "./store.ts";

/** Of the layout of the database: one object store with bytes under names. */
const VERSION = 1;
const RECORDS = "records";

/** An entry that is no record. Giving it up makes room in a full database, enough for a deletion. */
const RESERVE = "reserve";
const RESERVE_SIZE = 65536;

/** @param options lock: false promises that no other tab uses the store */
export function indexedDbStore({ name = "default", lock = true }: { name?: string; lock?: boolean } = {}): OwnStore {
  return new IndexedDbStore(name, lock);
}

type Transaction = IDBPTransaction<unknown, [typeof RECORDS], "readwrite">;

class IndexedDbStore {
  readonly label: string;
  #name;
  #whenBusy = "wait";
  #lock;
  #database: Promise<IDBPDatabase> | null = null;
  /** The header that is in the database, when all is well. */
  #header: Uint8Array | undefined;
  #hasReserve = false;
  #pages: RecordPages;

  constructor(name: string, isLockWanted: boolean) {
    this.label = `IndexedDB store '${name}'`;
    this.#name = `lua_store/${name}`;
    this.#pages = new RecordPages(this.label);
    this.#lock = locker({ label: this.label, name: `lua_store/indexedDB/${name}`, isWanted: isLockWanted });
  }

  lock(whenBusy: WhenBusy, signal: AbortSignal | undefined) {
    this.#whenBusy = whenBusy;
    return this.#lock(whenBusy, signal);
  }

  async load() {
    const database = await this.#open();
    const store = database.transaction(RECORDS).store;
    const [names, values] = await Promise.all([store.getAllKeys(), store.getAll()]);
    const entries = new Map(names.map((name, i): [string, Uint8Array] => [String(name), values[i]]));
    this.#header = entries.get(HEADER);
    this.#hasReserve = entries.delete(RESERVE);
    return this.#pages.read(entries);
  }

  async commit(changes: RecordChange[]) {
    // When there is no room: after giving up the reserve, and then after giving up records that are out of date.
    const ways = [
      () => this.#commit(changes),
      async () => (await this.#dropReserve(), this.#commit(changes)),
      () => this.#commit(changes, { isShort: true }),
    ];
    let full;
    for (const way of ways) {
      full = await way().then(
        () => null,
        cause => cause,
      );
      if (!full) return this.#keepReserve();
      if (!isQuota(full)) throw full;
    }
    throw full;
  }

  async #dropReserve() {
    const { store, done } = await this.#transaction();
    await Promise.all([store.delete(RESERVE), done]);
    this.#hasReserve = false;
  }

  /** If there is no room for it now, a later commit tries again. */
  async #keepReserve() {
    if (this.#hasReserve) return;
    try {
      const { store, done } = await this.#transaction();
      // Bytes that do not compress.
      const bytes = crypto.getRandomValues(new Uint8Array(RESERVE_SIZE));
      await Promise.all([store.put(bytes, RESERVE), done]);
      this.#hasReserve = true;
    } catch {
      // The commit is done.
    }
  }

  async #commit(changes: RecordChange[], options?: { isShort?: boolean } | undefined) {
    const transaction = await this.#transaction();
    // The transaction's outcome counts; a request that fails makes it fail.
    transaction.done.catch(() => {});
    try {
      const { header, done } = await this.#write(transaction, changes, options);
      await transaction.done;
      this.#header = header;
      done();
    } catch (cause) {
      abort(transaction);
      throw cause;
    }
  }

  async #write({ store }: Transaction, changes: RecordChange[], options?: { isShort?: boolean } | undefined) {
    // Someone else may have written to it, or emptied it.
    if (!isSame(await store.get(HEADER), this.#header)) throw changedElsewhere(this.label);
    const attempt = (request: Promise<unknown>) => void request.catch(() => {});
    return this.#pages.commit(
      changes,
      {
        get: keys => Promise.all(keys.map(key => store.get(key))),
        put: (key, bytes) => attempt(store.put(bytes, key)),
        remove: key => attempt(store.delete(key)),
      },
      options,
    );
  }

  async #transaction() {
    const begin = async () => (await this.#open()).transaction(RECORDS, "readwrite", { durability: "strict" });
    try {
      return await begin();
    } catch (cause) {
      if (cause.name !== "InvalidStateError") throw cause;
      // The browser has closed the connection, as some do to pages in the background.
      this.#database = null;
      return begin();
    }
  }

  async clear() {
    requireIndexedDb(this.label);
    await this.close();
    this.#header = undefined;
    this.#hasReserve = false;
    this.#pages.reset();
    await orBlocked(
      (blocked: () => void) => deleteDB(this.#name, { blocked }),
      () => this.#onBlocked(),
    );
  }

  async close() {
    const database = this.#database;
    this.#database = null;
    (await database?.catch(() => {}))?.close();
  }

  #open() {
    this.#database ??= this.#connect().catch(cause => {
      this.#database = null;
      throw cause;
    });
    return this.#database;
  }

  async #connect() {
    requireIndexedDb(this.label);
    const forget = () => (this.#database = null);
    let loss: string | null = null;
    const open = (blocked: () => void) =>
      openDB(this.#name, VERSION, {
        upgrade(database, oldVersion, newVersion, transaction, event) {
          database.createObjectStore(RECORDS);
          loss = lossToldBy(event);
        },
        blocked,
        // Someone wants to delete the database, or a newer page wants to change it.
        blocking: () => this.close(),
        terminated: forget,
      });
    const database = await orBlocked(open, () => this.#onBlocked()).catch(cause => {
      if (cause.name !== "VersionError") throw cause;
      throw unknownVersion(this.label, `the layout of its database is newer than ${VERSION}, which is known here`);
    });
    if (database.objectStoreNames.contains(RECORDS) && loss === null) return database;
    database.close();
    if (loss !== null) throw lost(this.label, loss);
    throw damaged(this.label, `its database has no object store '${RECORDS}'`);
  }

  /** @returns why not to wait for another tab that does not let go of the database */
  #onBlocked(): Error | undefined {
    return this.#whenBusy === "wait" ? undefined : busy(this.label);
  }
}

/** Waits for `start`, unless it is blocked and `refusal` says why not to. A database that is opened too late is closed. */
function orBlocked<T extends IDBPDatabase | void>(
  start: (blocked: () => void) => Promise<T>,
  refusal: () => Error | undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let isRefused = false;
    const started = start(() => {
      const why = refusal();
      isRefused = Boolean(why);
      if (why) reject(why);
    });
    started.then(database => (isRefused ? database?.close() : resolve(database)), reject);
  });
}

/**
 * Chromium empties the databases of an origin when their files are corrupt, and says so once, here.
 * @returns why they were emptied
 */
const lossToldBy = ({
  dataLoss,
  dataLossMessage,
}: IDBVersionChangeEvent & { dataLoss?: string; dataLossMessage?: string }): string | null =>
  dataLoss === "total" ? (dataLossMessage ?? "") : null;

function abort(transaction: Transaction) {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
}

function requireIndexedDb(label: string): void {
  if (!globalThis.indexedDB) throw new StoreError("failed", label, "cannot be used here: there is no IndexedDB");
}
