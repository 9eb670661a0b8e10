// A store in a SQLite file, for Node and the like. It uses node:sqlite where Node has it (22.5 and later), otherwise the package
// better-sqlite3 or libsql, whose classes are alike. It knows nothing about the contents of records.
import { builtin } from "../core/environment.ts";
import type { Signal } from "../core/platform.ts";
import { isSame, sizeOf } from "../stores/changes.ts";
import { pause } from "../stores/pause.ts";
import { busy, changedElsewhere, damaged, full, unknownVersion } from "../stores/refusals.ts";
import { StoreError } from "../stores/store-error.ts";
import type { LuaStore, RecordChange, StoreLock, WhenBusy } from "../stores/store.ts";

/** "LuaT": says that the file is ours. */
const APPLICATION_ID = 0x4c756154;
const VERSION = 1;
/** Milliseconds between two tries to get the lock, and those for which SQLite waits for its own locks. */
const RETRY = 50;
const PATIENCE = 5000;
const PAGE = 4096;
/** Pages beyond `maxBytes` that a commit may take for a moment which leaves less than there was. */
const PAGES_TO_FREE = 64;

/** The members of these classes that are used. */
interface Statement {
  all(...values: unknown[]): any[];
  get(...values: unknown[]): any;
  run(...values: unknown[]): unknown;
}
interface Database {
  exec(code: string): void;
  prepare(code: string): Statement;
  close(): void;
}
/** `DatabaseSync` of node:sqlite, or the class that better-sqlite3 or libsql is. */
export type SqliteDatabase = new (path: string) => Database;

export interface SqliteOptions {
  /**
   * How large the file may become by additions, in whole pages of 4096. A commit that only frees room may take a few pages
   * more for a moment.
   */
  maxBytes?: number;
  /** Default: that of node:sqlite, otherwise of better-sqlite3, otherwise of libsql. */
  Database?: SqliteDatabase;
}

/**
 * @param path of the file; it is made when there is none. SQLite puts others beside it: `<path>-lock`, empty, and while it
 *   is open `<path>-wal` and `<path>-shm`
 * @returns for one process at a time; others can read meanwhile
 */
export function sqliteStore(path: string, options: SqliteOptions = {}): LuaStore {
  return new SqliteStore(path, options);
}

class SqliteStore {
  readonly label: string;
  readonly #path: string;
  readonly #maxBytes: number | undefined;
  /** Opens files. */
  #Database: SqliteDatabase | undefined;
  #opened: Database | null = null;
  #isChanged = false;

  constructor(path: string, { maxBytes, Database }: SqliteOptions) {
    this.label = `SQLite store '${path}'`;
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#Database = Database;
  }

  /** A transaction that never ends, on a file of its own, so that others can read. It ends with this process. */
  async lock(whenBusy: WhenBusy, signal?: Signal): Promise<StoreLock> {
    this.#Database ??= await findSqlite(this.label);
    const guard = new this.#Database(`${this.#path}-lock`);
    const isOurs = await this.#guarded(guard, whenBusy, signal);
    if (!isOurs) guard.close();
    if (!isOurs && whenBusy === "refuse") throw busy(this.label);
    return { readOnly: !isOurs, release: () => void (isOurs && guard.close()) };
  }

  async #guarded(guard: Database, whenBusy: WhenBusy, signal?: Signal): Promise<boolean> {
    while (!tryLock(guard)) {
      if (whenBusy !== "wait") return false;
      await pause(RETRY, signal).catch(cause => {
        guard.close();
        throw cause;
      });
    }
    return true;
  }

  get #database(): Database {
    return this.#opened!;
  }

  load(): [string, Uint8Array][] {
    this.#open();
    if (!this.#isMade()) return [];
    const rows = this.#database.prepare("SELECT name, bytes FROM records").all();
    return rows.map(({ name, bytes }): [string, Uint8Array] => [name, asBytes(bytes)]);
  }

  #open(): void {
    this.#opened = new this.#Database!(this.#path);
    this.#database.exec(`PRAGMA busy_timeout = ${PATIENCE}; PRAGMA synchronous = FULL`);
    this.#limitPages(0);
  }

  #limitPages(more: number): void {
    if (this.#maxBytes) this.#database.exec(`PRAGMA max_page_count = ${Math.floor(this.#maxBytes / PAGE) + more}`);
  }

  #pragma(name: string): any {
    return this.#database.prepare(`PRAGMA ${name}`).get()[name];
  }

  /** @returns whether the file is one of ours; false for an empty one */
  #isMade(): boolean {
    const id = this.#pragma("application_id");
    const version = this.#pragma("user_version");
    const isEmpty = !this.#database.prepare("SELECT name FROM sqlite_master").get();
    if (isEmpty && id === 0 && version === 0) return false;
    if (id !== APPLICATION_ID) throw damaged(this.label, "it is a database of something else");
    if (version > VERSION) throw unknownVersion(this.label, `its layout is ${version}, and ${VERSION} is known here`);
    if (version < VERSION || isEmpty) throw damaged(this.label, "it is a database without records");
    return true;
  }

  commit(changes: RecordChange[], known: (Uint8Array | undefined)[]): void {
    // With a write-ahead log, readers and writers do not wait for each other.
    if (!this.#isMade()) this.#database.exec("PRAGMA journal_mode = WAL");
    const write = () => this.#transact(() => this.#write(changes, known));
    try {
      write();
    } catch (cause) {
      if (!isFull(cause)) throw cause;
      if (!this.#isMade() || this.#growth(changes) > 0) throw full(this.label, sizeOf(changes), cause);
      this.#beyond(write, changes);
    }
    this.#isChanged = true;
  }

  /** Even a deletion can need a page, when SQLite balances a tree: one that frees more must not fail for that. */
  #beyond(write: () => void, changes: RecordChange[]): void {
    this.#limitPages(PAGES_TO_FREE);
    try {
      write();
    } catch (cause) {
      throw isFull(cause) ? full(this.label, sizeOf(changes), cause) : cause;
    } finally {
      this.#limitPages(0);
    }
  }

  /** @returns bytes that there are more in records after the changes than before */
  #growth(changes: RecordChange[]): number {
    const find = this.#database.prepare("SELECT length(name) + length(bytes) AS size FROM records WHERE name = ?");
    const before = changes.reduce((sum, { name }) => sum + (find.get(name)?.size ?? 0), 0);
    return sizeOf(changes.filter(({ bytes }) => bytes)) - before;
  }

  #transact(work: () => void): void {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      work();
      this.#database.exec("COMMIT");
    } catch (cause) {
      this.#rollBack();
      throw cause;
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has done so already after some errors.
    }
  }

  #write(changes: RecordChange[], known: (Uint8Array | undefined)[]): void {
    if (!this.#isMade()) this.#make();
    const found = this.#database.prepare("SELECT bytes FROM records WHERE name = 'header'").get();
    const header = found && asBytes(found.bytes);
    if (known?.every(bytes => !isSame(bytes, header))) throw changedElsewhere(this.label);
    const put = this.#database.prepare("INSERT OR REPLACE INTO records VALUES (?, ?)");
    const remove = this.#database.prepare("DELETE FROM records WHERE name = ?");
    // Deletions first: they free pages.
    for (const { name, bytes } of changes) if (!bytes) remove.run(name);
    for (const { name, bytes } of changes) if (bytes) put.run(name, bytes);
  }

  #make(): void {
    this.#database.exec(`
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${VERSION};
      CREATE TABLE records (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID`);
  }

  clear(): void {
    if (!this.#opened) this.#open();
    this.#transact(() => {
      if (this.#isMade()) this.#database.exec("DELETE FROM records");
    });
  }

  close(): void {
    // Some leave the log where it is.
    if (this.#isChanged) this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#opened?.close();
    this.#opened = null;
    this.#isChanged = false;
  }
}

async function findSqlite(label: string): Promise<SqliteDatabase> {
  try {
    return (await builtin<{ DatabaseSync: SqliteDatabase }>("sqlite")).DatabaseSync;
  } catch {
    return findPackage(label);
  }
}

async function findPackage(label: string): Promise<SqliteDatabase> {
  // Hidden from bundlers: where there is node:sqlite they are not needed.
  for (const name of ["better-sqlite3", "libsql"]) {
    try {
      return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)).default;
    } catch (cause) {
      if (cause.code !== "ERR_MODULE_NOT_FOUND") throw cause;
    }
  }
  const wayOn = "Node 22.5 and later have node:sqlite; before, install the package better-sqlite3 or libsql";
  throw new StoreError("failed", label, `cannot be used here: there is no SQLite. ${wayOn}`);
}

function tryLock(guard: Database): boolean {
  try {
    guard.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    return true;
  } catch (cause) {
    if (cause.code === "SQLITE_BUSY" || cause.errcode === 5) return false;
    throw cause;
  }
}

const isFull = (cause: { code?: string; errcode?: number }): boolean =>
  cause.code === "SQLITE_FULL" || cause.errcode === 13;

/** The packages give different kinds of arrays. */
const asBytes = (bytes: ArrayLike<number>): Uint8Array => new Uint8Array(bytes);
