// Joins external tables to a store: what a unit of work changed is committed, one commit at a time, and kept for the
// next one when that fails. It knows nothing of Lua, and nothing of the kind of store.
import { StoreError, readOnly } from "./store-error.mjs";
import { HEADER, NOTHING, encodeHeader, encodeRecord, totalAfter } from "./records.mjs";

/** An open store, and the tables that are kept in it. Made by `openStore`. */
export class Persistence {
  #tables;
  #store;
  #lock;
  #work;
  /** Of what is durable. @type {import("./records.mjs").Total} */
  #total;
  /** Whether there is no header yet. Then even changes that cancel out are written: they replace an earlier snapshot. */
  #isNew;
  /** The commit that runs or ran last. */
  #last = Promise.resolve();
  /** The commit that waits for it. @type {Promise<void> | null} */
  #next = null;
  #closing = null;

  /**
   * @param {{tables: ExternalTables, store: CheckedStore, lock: Lock, work: UnitOfWork, total: Total | null}} parts
   * total: of the records in the store; null for a new one
   */
  constructor({ tables, store, lock, work, total }) {
    this.#tables = tables;
    this.#store = store;
    this.#lock = lock;
    this.#work = work;
    this.#total = total ?? NOTHING;
    this.#isNew = total === null;
  }

  /** Names the store in messages. @returns {string} */
  get label() {
    return this.#store.label;
  }

  /** Whether someone else writes to the store, so that these tables must not change. */
  get readOnly() {
    return this.#lock.readOnly;
  }

  /** Whether there are changes that are not durable yet, those of the running unit aside. */
  get hasPending() {
    return this.#work.hasPending;
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
   * @param {{undo?: boolean}} [options] undo: its changes are undone, also without `rollbackOnError`
   * @returns {boolean} whether its changes were undone
   */
  fail(options) {
    return this.#work.fail(options);
  }

  /**
   * Makes all finished units durable, those included that finish before the write begins; never a part of one.
   * @returns {Promise<void>} for all calls that came while a commit was waiting, the same
   * @throws {StoreError} then the changes are pending still, and go with the next commit
   */
  commit() {
    if (this.#closing) return Promise.reject(this.#closed());
    return this.#commit();
  }

  #commit() {
    this.#next ??= this.#commitAfter(this.#last);
    return this.#next;
  }

  async #commitAfter(last) {
    await last.catch(() => {});
    this.#last = this.#next;
    this.#next = null;
    if (this.#work.hasPending) await this.#write();
  }

  async #write() {
    if (this.readOnly) throw readOnly(this.label);
    const changes = this.#work.capture();
    let isDurable = false;
    try {
      if (changes.length > 0 || this.#isNew) await this.#send(changes);
      isDurable = true;
    } finally {
      this.#work.settle(isDurable);
    }
  }

  async #send(changes) {
    const total = totalAfter(this.#total, changes);
    const records = changes.map(asRecord);
    // Few are large enough to be compressed, and to be waited for.
    for (const record of records) if (!(record.bytes instanceof Uint8Array)) record.bytes = await record.bytes;
    await this.#store.commit([...records, { name: HEADER, bytes: encodeHeader(total) }]);
    this.#total = total;
    this.#isNew = false;
  }

  /** Waits until everything is durable. @returns {Promise<void>} @throws {StoreError} as `commit` */
  flush() {
    return this.commit();
  }

  /** Deletes every key of the tables, as one unit, and commits that. @returns {Promise<void>} @throws {StoreError} */
  async clear() {
    if (this.readOnly) throw readOnly(this.label);
    if (this.#closing) throw this.#closed();
    this.begin();
    for (const [id, keys] of [...this.#tables.entries()]) {
      for (const key of [...keys.keys()]) this.#tables.delete(id, key);
    }
    this.succeed();
    await this.commit();
  }

  /**
   * Commits what is pending, then gives up the store and its lock. The tables keep what they have.
   * @param {{discard?: boolean}} [options] discard: what cannot be committed is given up
   * @returns {Promise<void>} a second call is the first one again
   * @throws {StoreError} what is pending could not be committed, and the store is open as before
   */
  close({ discard = false } = {}) {
    this.#closing ??= this.#close(discard).catch((cause) => {
      if (this.#tables.journal) this.#closing = null;
      throw cause;
    });
    return this.#closing;
  }

  async #close(discard) {
    const committed = this.#commit();
    await (discard ? committed.catch(() => {}) : committed);
    this.#tables.journal = null;
    await this.#store.close(this.#lock);
  }

  #closed() {
    return new StoreError("failed", this.label, "is closed");
  }
}

const asRecord = ({ name, after }) => ({ name, bytes: after ? encodeRecord(name, after) : null });
