// The changes of external tables since the last commit: a journal of every key's bytes before the change, for rolling back
// one unit (an eval), and for committing new values. It knows no store, and no format of records.
import type { ExternalTables } from "../core/external-tables.ts";
import { NO_MAP, ownMap } from "../core/nothing.ts";
import { isSame } from "./changes.ts";
import { type Change, recordName } from "./records.ts";

/** The bytes that keys had before they were changed; undefined for none. The first note of a key counts. */
export class BeforeImages {
  #tables: Map<number, Map<string, Uint8Array | undefined>> = NO_MAP;

  get isEmpty() {
    return this.#tables.size === 0;
  }

  note(id: number, key: string, before: Uint8Array | undefined) {
    let keys = this.#tables.get(id);
    if (!keys) (this.#tables = ownMap(this.#tables)).set(id, (keys = new Map()));
    if (!keys.has(key)) keys.set(key, before);
  }

  /** Forgets a key that had nothing, and has nothing again. @returns whether there was such a note */
  cancel(id: number, key: string): boolean {
    const keys = this.#tables.get(id);
    if (!keys?.has(key) || keys.get(key) !== undefined) return false;
    keys.delete(key);
    if (keys.size === 0) this.#tables.delete(id);
    return true;
  }

  has(id: number, key: string) {
    return this.#tables.get(id)?.has(key) ?? false;
  }

  /** @param later than these */
  add(later: BeforeImages) {
    for (const [id, key, before] of later) this.note(id, key, before);
  }

  *[Symbol.iterator](): Generator<[number, string, Uint8Array | undefined]> {
    for (const [id, keys] of this.#tables) for (const [key, before] of keys) yield [id, key, before];
  }
}

/** The journal of a set of external tables. */
export class UnitOfWork {
  #tables;
  #rollbackOnError;
  #isVolatile;
  /** Of the running unit. */
  #unit: BeforeImages | null = null;
  /** For the next unit: most change nothing. */
  #empty = new BeforeImages();
  /** Of all that is finished and in no commit. */
  #pending = new BeforeImages();
  /** Of the commit under way. */
  #inFlight: BeforeImages | null = null;
  /** Keys of failed commits: the store may have their old value or the new one. */
  #uncertain = new BeforeImages();
  /** Whether changes cancelled each other out that a new store must have: it begins with them. */
  #wasCancelled = false;

  /** @param options volatile: there are no commits, only units */
  constructor(
    tables: ExternalTables,
    { rollbackOnError = false, isVolatile = false }: { rollbackOnError?: boolean; isVolatile?: boolean } = {},
  ) {
    this.#tables = tables;
    this.#rollbackOnError = rollbackOnError;
    this.#isVolatile = isVolatile;
  }

  /** The journal that the tables call before every change. @throws {Error} a new key that is too long for any store */
  note = (id: number, key: string, before: Uint8Array | undefined, isDeletion = false) => {
    if (before === undefined && !this.#isVolatile) this.#tables.admit(key.length);
    if (!this.#unit) this.#notePending(id, key, before, isDeletion);
    else if (!isDeletion || !this.#unit.cancel(id, key)) this.#unit.note(id, key, before);
  };

  #notePending(id: number, key: string, before: Uint8Array | undefined, isDeletion: boolean) {
    if (this.#isVolatile) return;
    if (isDeletion && !this.#uncertain.has(id, key) && this.#pending.cancel(id, key)) this.#wasCancelled = true;
    else this.#pending.note(id, key, before);
  }

  /** Whether a finished unit is not committed yet. */
  get hasPending() {
    return !this.#pending.isEmpty || this.#inFlight !== null || this.#wasCancelled;
  }

  /** Begins a unit. It must end before control returns to the event loop. @throws {Error} inside of another */
  begin() {
    if (this.#unit) throw new Error("a unit of work is running already");
    this.#unit = this.#empty;
  }

  /** Ends the unit; its changes are for the next commit. */
  succeed() {
    if (!this.#unit) throw new Error("no unit of work is running");
    if (!this.#unit.isEmpty) {
      for (const [id, key, before] of this.#unit) {
        this.#notePending(id, key, before, before !== undefined && !this.#tables.get(id, key));
      }
      this.#empty = new BeforeImages();
    }
    this.#unit = null;
  }

  /**
   * Ends a unit that failed.
   * @param options undo: its changes are undone, also without `rollbackOnError`
   * @returns whether its changes were undone
   */
  fail({ undo = false }: { undo?: boolean } = {}): boolean {
    const isUndone = undo || this.#rollbackOnError;
    if (!isUndone) this.succeed();
    else if (this.#unit) this.#undo();
    else throw new Error("no unit of work is running");
    return isUndone;
  }

  #undo() {
    for (const [id, key, before] of this.#unit!) this.#tables.restore(id, key, before);
    this.#empty = new BeforeImages();
    this.#unit = null;
  }

  /**
   * All finished units as changes for one commit, which is under way until `settle`. An error here leaves everything
   * pending.
   */
  capture(): Change[] {
    if (this.#unit) throw new Error("a unit of work is running: half of it cannot be committed");
    const changes = [];
    for (const [id, key, before] of this.#pending) {
      const after = this.#tables.get(id, key);
      if (isSame(before, after) && !this.#uncertain.has(id, key)) continue;
      changes.push({ name: recordName(id, key), before, after });
    }
    this.#inFlight = this.#pending;
    this.#pending = new BeforeImages();
    this.#wasCancelled = false;
    return changes;
  }

  /** Ends the commit. @param isDurable false: its changes are pending again, as the older ones */
  settle(isDurable: boolean) {
    if (isDurable) this.#uncertain = new BeforeImages();
    else {
      const failed = this.#inFlight!;
      this.#uncertain.add(failed);
      failed.add(this.#pending);
      this.#pending = failed;
      // A new store has not begun.
      this.#wasCancelled = true;
    }
    this.#inFlight = null;
  }
}
