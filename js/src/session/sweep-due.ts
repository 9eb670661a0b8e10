// When a sweep is worth its work: whether something may have become garbage, how much has grown since the last cycle, and
// whether Lua's own garbage is to be collected first. sweep.ts knows how tables are swept.
import type { ExternalTables } from "../core/external-tables.ts";
import { CATALOGUE, MEMORY as ROOT, idIn, isReference, isReferenceKey } from "../core/ids.ts";

/** A cycle begins when there are so many tables for each that was reachable after the last one, and so many more. */
const GROWTH = 2.2;
const SMALL = 180;
/** After a run it may begin when there are no more than so many: that takes some microseconds. */
const TINY = 64;
/** A cycle also begins when there are twice the bytes, and so many more; or half the room that is left is used. */
const SMALL_BYTES = 2 ** 20;
/** A collection of Lua's garbage takes at most this part of the time. */
const COLLECTION_SHARE = 0.03;

/** The counts of a cycle. */
export interface Found {
  /** Marked tables but those that were born in the cycle. */
  tables: number;
  /** Those of them that only Lua reaches. */
  heldAlone: number;
}

/** Reasons for a cycle of one session's Collector. */
export class SweepDue {
  readonly #tables: ExternalTables;
  /** When there are more tables, a cycle begins. */
  #limit = 0;
  #byteLimit = 0;
  /** Whether something may have become garbage since the last cycle began. */
  isDirty: boolean;
  /** How many only Lua reached when the last cycle ended. */
  #heldAlone = 0;
  /** The ids that were allocated last, and whether a table beside them refers to one: they are no garbage then. */
  #allocatedFrom = 0;
  #allocatedTo = 0;
  #isLinked = true;
  /** Whether some were not, since the last cycle began. */
  #hadOrphans = false;
  /**
   * Whether, by this cycle or the one before, only Lua or a view may reach some tables: when these let go of them, nothing
   * says that there is garbage.
   */
  #isLoose = true;
  #wasLoose = true;
  #startedLoose = true;
  /** Whether so much is held by Lua alone that a collection of Lua's garbage may be due. */
  #isStale = false;
  /** Whether Lua had collected its garbage when it was asked. */
  #wasCollected = false;
  #askedAt = 0;
  #collectedAt = -Infinity;
  #collectionTook = 0;

  /** @param tables all of them taken for reachable */
  constructor(tables: ExternalTables) {
    this.#tables = tables;
    const roots = [CATALOGUE, ROOT].filter(id => tables.size(id) > 0);
    this.isDirty = tables.tableCount > roots.length;
    this.#setLimits(tables.tableCount);
  }

  #setLimits(tableCount: number) {
    const { byteCount, limit, bytesLeft } = this.#tables;
    this.#limit = GROWTH * tableCount + SMALL;
    this.#byteLimit = Math.min(
      GROWTH * byteCount + SMALL_BYTES,
      byteCount + (limit < Infinity ? bytesLeft / 2 : Infinity),
    );
  }

  /** Whether there is, or may be, something to sweep. */
  get mayBe(): boolean {
    return this.isDirty || !this.#isLinked;
  }

  /** Whether something only Lua's garbage may reach was there after the last cycle. */
  get mayBeInLua(): boolean {
    return this.#heldAlone > 0;
  }

  /** A key was written. @param isNew the table had no keys */
  wrote(id: number, key: string, value: Uint8Array, old: Uint8Array | undefined, isNew: boolean): void {
    if (old !== undefined && isReference(old)) this.isDirty = true;
    if (isNew && id > ROOT && (this.#isLoose || !this.#isAllocated(id))) this.isDirty = true;
    if (!this.#isLinked && isReference(value) && this.#isAllocated(idIn(value)) && !this.#isAllocated(id))
      this.#isLinked = true;
    if (id === CATALOGUE && key === "next") this.#allocated(old === undefined ? ROOT + 1 : idIn(old), idIn(value));
  }

  #isAllocated(id: number) {
    return id >= this.#allocatedFrom && id < this.#allocatedTo;
  }

  /** A graph is written, and the key that refers to it, before the next ids are allocated; other tables are Lua's alone at first. */
  #allocated(from: number, to: number) {
    this.settle();
    this.#allocatedFrom = from;
    this.#allocatedTo = to;
    this.#isLinked = false;
  }

  /** Tables that were allocated and are not referred to by now count as garbage. */
  settle() {
    if (this.#isLinked) return;
    this.#isLinked = this.#hadOrphans = this.isDirty = true;
  }

  /** A key was deleted. */
  deleted(key: string, old: Uint8Array) {
    if (isReference(old) || isReferenceKey(key)) this.isDirty = true;
  }

  /** Whether a cycle is to begin in the midst of a run. */
  get isOver(): boolean {
    return this.isDirty && (this.#tables.tableCount > this.#limit || this.#tables.byteCount > this.#byteLimit);
  }

  /** Whether one is to begin after a run. */
  get isWorthIt(): boolean {
    const { tableCount } = this.#tables;
    return this.isDirty && (tableCount <= TINY || tableCount > this.#limit - SMALL || this.mayCollect());
  }

  /** Whether Lua may collect its garbage before it says which tables it holds. */
  mayCollect(): boolean {
    return this.#isStale && performance.now() - this.#collectedAt > this.#collectionTook / COLLECTION_SHARE;
  }

  /** Lua is asked which tables it holds. @param collects whether it collects its garbage first */
  asked(collects: boolean) {
    this.#wasCollected = collects;
    if (collects) this.#askedAt = performance.now();
  }

  /** Lua has answered. */
  answered() {
    if (this.#askedAt === 0) return;
    this.#collectedAt = performance.now();
    this.#collectionTook = this.#collectedAt - this.#askedAt;
    this.#askedAt = 0;
  }

  /** A cycle begins. @param hasViews whether there are views of other tables than `Memory` */
  started(hasViews: boolean) {
    this.isDirty = false;
    this.#startedLoose = this.#hadOrphans || hasViews;
    this.#hadOrphans = false;
  }

  /** A cycle has ended. */
  finished({ tables, heldAlone }: Found) {
    this.#heldAlone = heldAlone;
    this.#isStale = !this.#wasCollected && heldAlone > TINY + (tables - heldAlone) / 2;
    this.isDirty ||= this.#isStale;
    const isLoose = this.#startedLoose || heldAlone > 0;
    this.#isLoose = isLoose || this.#wasLoose;
    this.#wasLoose = isLoose;
    this.#setLimits(tables);
  }

  /** No cycle is possible. Only the number of tables is known. */
  gaveUp() {
    this.isDirty = false;
    this.#setLimits(this.#tables.tableCount);
  }

  /** Tables were put back, or replaced. */
  replaced() {
    this.isDirty = this.#isLoose = this.#wasLoose = true;
    this.#setLimits(this.#tables.tableCount);
  }
}
