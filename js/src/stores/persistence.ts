// Joins external tables to a store: the changes of a unit of work are committed, one commit at a time, and kept for the
// next one if that fails. It knows nothing about Lua or the kind of store.
import type { ExternalTables } from "../core/external-tables.ts";
import type { CheckedStore } from "./checked-store.ts";
import { encodeHeader } from "./header.ts";
import type { ProgramRecords } from "./program-records.ts";
import { type Change, type Total, HEADER, NOTHING, encodeRecord, totalAfter } from "./records.ts";
import { holdsProgram, readOnly } from "./refusals.ts";
import { StoreError } from "./store-error.ts";
import type { RecordChange, StoreLock } from "./store.ts";
import type { UnitOfWork } from "./unit-of-work.ts";

interface Opened {
  tables: ExternalTables;
  store: CheckedStore;
  lock: StoreLock;
  work: UnitOfWork;
  /** Of the records of tables in the store; null for a new one. */
  total: Total | null;
  program: ProgramRecords;
}

/** An open store, and the tables that are kept in it. Made by `openStore`. */
export class Persistence {
  #tables;
  #store;
  #lock;
  #work;
  /** Of the records of tables that are durable. */
  #total: Total;
  /** What is kept beside tables. */
  readonly program: ProgramRecords;
  /** Whether there is no header yet. Then even changes that cancel out are written: they replace an earlier snapshot. */
  #isNew;
  /** The commit that runs or ran last. */
  #last = Promise.resolve();
  /** The commit that waits for it. */
  #next: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor({ tables, store, lock, work, total, program }: Opened) {
    this.#tables = tables;
    this.#store = store;
    this.#lock = lock;
    this.#work = work;
    this.#total = total ?? NOTHING;
    this.#isNew = total === null;
    this.program = program;
  }

  /** Names the store in messages. */
  get label(): string {
    return this.#store.label;
  }

  /** Whether someone else writes to the store, or its program must not be left behind, so that these tables must not change. */
  get readOnly() {
    return this.#lock.readOnly || this.program.isLeftAlone;
  }

  /** Why, as an error. */
  refusal(): StoreError {
    return this.#lock.readOnly ? readOnly(this.label) : holdsProgram(this.label);
  }

  /** Whether there are changes that are not durable yet, those of the running unit aside. */
  get hasPending() {
    return this.#work.hasPending || this.program.hasPending;
  }

  /** Begins a unit: all its changes are committed together. It ends before control returns to the event loop. */
  begin() {
    this.#work.begin();
  }

  /** Ends the unit; `commit` makes it durable. */
  succeed() {
    this.#work.succeed();
  }

  /**
   * Ends a unit that failed.
   * @param options undo: its changes are undone, also without `rollbackOnError`
   * @returns whether its changes were undone
   */
  fail(options?: { undo?: boolean }): boolean {
    return this.#work.fail(options);
  }

  /**
   * Makes all finished units durable, those included that finish before the write begins; never a part of one.
   * @returns for all calls that came while a commit was waiting, the same
   * @throws {StoreError} then the changes are pending still, and go with the next commit
   */
  commit(): Promise<void> {
    if (this.#closing) return Promise.reject(this.#closed());
    return this.#commit();
  }

  #commit() {
    this.#next ??= this.#commitAfter(this.#last);
    return this.#next;
  }

  async #commitAfter(last: Promise<void>) {
    await last.catch(() => {});
    this.#last = this.#next!;
    this.#next = null;
    if (this.hasPending) await this.#write();
  }

  async #write() {
    if (this.readOnly) throw this.refusal();
    const changes = this.#work.capture();
    let isDurable = false;
    try {
      // In the same moment: what is committed are tables and a program that belong together.
      const ofProgram = this.program.capture();
      this.#store.captured();
      if (changes.length > 0 || ofProgram.length > 0 || this.#isNew) await this.#send(changes, ofProgram);
      isDurable = true;
    } finally {
      this.#work.settle(isDurable);
      this.program.settle(isDurable);
    }
  }

  async #send(changes: Change[], ofProgram: Change[]) {
    const total = totalAfter(this.#total, changes);
    const records: RecordChange[] = [];
    // All are started at once; only those large enough to be compressed are waited for.
    const all = [...changes, ...ofProgram];
    const encoded = all.map(({ name, after }) => (after ? encodeRecord(name, after) : null));
    for (const [at, bytes] of encoded.entries()) {
      records.push({ name: all[at].name, bytes: bytes instanceof Uint8Array ? bytes : await bytes });
    }
    records.push({ name: HEADER, bytes: encodeHeader({ tables: total, program: this.program.total }) });
    await this.#store.commit(records);
    this.#total = total;
    this.#isNew = false;
  }

  /** Waits until everything is durable. @throws {StoreError} as `commit` */
  flush(): Promise<void> {
    return this.commit();
  }

  /** Deletes every key of the tables, as one unit, and commits that. @throws {StoreError} */
  async clear(): Promise<void> {
    if (this.readOnly) throw this.refusal();
    if (this.#closing) throw this.#closed();
    this.begin();
    for (const [id, keys] of [...this.#tables.entries()]) {
      for (const key of [...keys.keys()]) this.#tables.delete(id, key);
    }
    this.succeed();
    await this.commit();
  }

  /**
   * Commits pending changes, then gives up the store and its lock. The tables stay as they are.
   * @param options discard: changes that cannot be committed are given up
   * @returns a second call is the first one again
   * @throws {StoreError} pending changes could not be committed, and the store is open as before
   */
  close({ discard = false }: { discard?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(discard).catch(cause => {
      if (this.#tables.journal) this.#closing = null;
      throw cause;
    });
    return this.#closing;
  }

  async #close(discard: boolean) {
    const committed = this.#commit();
    await (discard ? committed.catch(() => {}) : committed);
    this.#tables.journal = null;
    await this.#store.close(this.#lock);
  }

  #closed() {
    return new StoreError("failed", this.label, "is closed");
  }
}
