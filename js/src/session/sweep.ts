// The sweep of external tables that nothing reaches any more, by the host that owns them, in short steps between and
// while Lua runs. It knows ids, keys and values of the wire format that are tables, and the catalogue; nothing of stores.
//
// A cycle marks all tables that `Memory`, names and views reach, asks the module which tables Lua holds, marks all that these
// reach, and deletes the rest. This is safe while everything changes, because:
//
// 1. In a cycle every id that Lua or a view gets is marked: ids that the module reads (`read`, `listed`), that are written as
//    a key or value (`wrote`), that get a view (`shade`), and tables that get their first key (`wrote`). So once the grey
//    tables are visited, no marked table refers to an unmarked one, and every id that is got after the beginning is marked.
// 2. Lua has other ids only from before. When all is marked, the module is asked for these (`held`), at a moment when all it
//    has are live proxies (src/ext/held.rs). From then on an unmarked table cannot be reached: not from the roots (1), not
//    from tables that Lua held then (marked) or got since (1). Garbage stays garbage.
// 3. Only the host can bring it back, by putting tables back after a failed run or from a snapshot: then the cycle ends at
//    once, and nothing more is deleted (`abort`). Deletions in a run are in the journal of that run, as every change is.
// 4. A graph is written before the key that refers to it. Its tables are either born in the cycle (1), or the key is written
//    in it, for the module is not asked in between.
// 5. Without a catalogue, or with a damaged one, nothing is deleted; nor is an id that was never given.

import { nextId } from "../core/catalogue.ts";
import type { ExternalTables, Sweeper } from "../core/external-tables.ts";
import { CATALOGUE, MEMORY as ROOT, NAME, idIn, idInKey, isReference, isReferenceKey } from "../core/ids.ts";
import { IdSet } from "./id-set.ts";
import { SweepDue } from "./sweep-due.ts";

/** Births that a cycle is spread over where there are hardly any tables. */
const TINY = 64;
/** A cycle is to end before the number of tables has grown by this part. */
const PACE = 0.25;
/** Steps of work (a key looked at: 30 ns, or ten times as much where memory is cold) and milliseconds at one time, at most. */
const STEPS = 30_000;
const TIME = 3;
/** Steps between two looks at the clock. */
const PIECE = 1000;
const DELETION = 4;
/** Most steps for each table that is born. */
const MOST_FOR_BIRTH = 3000;
/** Most steps for each value that is written: large values fill the room. */
const MOST_FOR_VALUE = 10_000;
/** Steps that are due for births and writes are saved up until there are so many: at least, and at most. */
const BATCH = 300;
const LARGEST_BATCH = 4000;
/** Tables with more keys are visited and deleted in pieces. */
const LARGE = 1000;

/** Bytes of one message with ids that is followed by another (src/fixed.rs). */
const FULL_MESSAGE = 16384;
const ASK = Uint8Array.of(0);
const ASK_AFTER_COLLECTION = Uint8Array.of(1);

/** The phases of a cycle. */
const IDLE = 0;
const MARKING = 1;
const ASKING = 2;
const SWEEPING = 3;
type Phase = typeof IDLE | typeof MARKING | typeof ASKING | typeof SWEEPING;

/** Marks and sweeps the external tables of one session. It is their `collector`. */
export class Collector implements Sweeper {
  readonly #tables: ExternalTables;
  readonly #due: SweepDue;
  #phase: Phase = IDLE;
  #marked = new IdSet();
  /** Marked, and not visited yet. */
  #grey: number[] = [];
  /** The rest of the table that is being visited. */
  #visit: IterableIterator<[string, Uint8Array]> | null = null;
  #visited = CATALOGUE;
  /** The rest of all tables, in the sweep. */
  #left: IterableIterator<[number, Map<string, Uint8Array>]> | null = null;
  /** The table that is deleted in pieces. */
  #condemned: { id: number; keys: Iterator<string> } | null = null;
  /** Steps of work for each table that is born in this cycle. */
  #pace = 0;
  /** Steps that are due, and not done yet; and how many are done together in this cycle. */
  #owed = 0;
  #batch = BATCH;
  /** Marked tables but those that were born in this cycle; and those of them that only Lua reaches. */
  #found = 0;
  #foundBeforeAsking = 0;
  /** The first id that was not given when the cycle began. */
  #firstBorn = 0;
  /** Whether the cycle is to end at once, and how the module is asked then. */
  #whole: Uint8Array | null = null;

  /** @param tables all of them taken for reachable */
  constructor(tables: ExternalTables) {
    this.#tables = tables;
    this.#due = new SweepDue(tables);
  }

  /** Whether there is, or may be, something to sweep. */
  get isDue() {
    return this.#due.mayBe || this.#phase !== IDLE;
  }

  /** Whether there may be tables that only Lua's garbage reaches, or nothing at all. */
  get mayHaveGarbage() {
    return this.isDue || this.#due.mayBeInLua;
  }

  // Called by the tables.

  /** A key was written. @param isNew the table had no keys */
  wrote(id: number, key: string, value: Uint8Array, old: Uint8Array | undefined, isNew: boolean): void {
    this.#due.wrote(id, key, value, old, isNew);
    if (this.#phase === IDLE) {
      if (this.#due.isOver) this.#start();
      return;
    }
    this.read(key, value);
    // The tables that it will refer to are shaded when they are written.
    if (isNew) this.#marked.add(id);
    this.#owed += (isNew ? this.#pace : 0) + Math.min(value.length >> 5, MOST_FOR_VALUE);
    if (this.#owed >= this.#batch) this.#work(this.#owed);
  }

  /** A key was deleted. */
  deleted(key: string, old: Uint8Array) {
    this.#due.deleted(key, old);
  }

  /** Marks the tables that an entry refers to: one that is written, visited, or read by the module, in a cycle. */
  read(key: string, value: Uint8Array) {
    if (isReference(value)) this.shade(idIn(value));
    if (isReferenceKey(key)) this.shade(idInKey(key));
  }

  /** The module gets a key of a table, in a cycle. */
  listed(key: string) {
    if (isReferenceKey(key)) this.shade(idInKey(key));
  }

  /** A view or Lua holds this id. */
  shade(id: number) {
    if (this.#phase === IDLE || !this.#marked.add(id)) return;
    if (id < this.#firstBorn) this.#found++;
    this.#grey.push(id);
  }

  /** Tables are put back, or replaced, so that unreachable ones may be reachable again. */
  abort() {
    this.#end();
    this.#due.replaced();
  }

  // The module's questions and answers.

  /** Ids are about to be allocated. @returns the question which tables Lua holds */
  duringRun(): Uint8Array | undefined {
    return this.#phase === ASKING ? this.#ask(ASK) : undefined;
  }

  /** A chunk has ended. @returns the same */
  afterRun(): Uint8Array | undefined {
    if (!this.isDue) return undefined;
    this.#due.settle();
    if (this.#whole === null && this.#phase === IDLE && this.#due.isWorthIt) this.#start();
    if (this.#whole === null) this.#workAWhile();
    else this.#work(Infinity);
    if (this.#phase !== ASKING) return undefined;
    return this.#ask(this.#whole ?? (this.#due.mayCollect() ? ASK_AFTER_COLLECTION : ASK));
  }

  #ask(question: Uint8Array) {
    this.#due.asked(question === ASK_AFTER_COLLECTION);
    return question;
  }

  /** The module's answer, in pieces. @param ids u32, little-endian */
  held(ids: Uint8Array) {
    this.#due.answered();
    const words = new DataView(ids.buffer, ids.byteOffset, ids.byteLength);
    for (let at = 0; at + 4 <= ids.length; at += 4) this.shade(words.getUint32(at, true));
    if (ids.length < FULL_MESSAGE && this.#phase === ASKING) this.#phase = SWEEPING;
  }

  /** A cycle from beginning to end, at the end of this run. It also sweeps tables that became garbage in an earlier cycle. */
  sweepAll({ collects = true } = {}) {
    this.#end();
    this.#whole = collects ? ASK_AFTER_COLLECTION : ASK;
    if (!this.#start()) this.#whole = null;
  }

  /** Some milliseconds of work, outside of Lua. @returns whether it can go on without asking Lua */
  step(): boolean {
    this.#workAWhile();
    return this.#canGoOn;
  }

  /** Begins a cycle if there may be garbage. @returns whether one is under way */
  begin(): boolean {
    this.#due.settle();
    return this.#phase !== IDLE || (this.#due.isDirty && this.#start());
  }

  // The cycle.

  /** @returns whether there is a catalogue to go by */
  #start(): boolean {
    const { tableCount, itemCount } = this.#tables;
    this.#firstBorn = nextId(this.#tables);
    if (this.#firstBorn === 0) {
      this.#due.gaveUp();
      return false;
    }
    this.#phase = MARKING;
    this.#tables.marker = this;
    this.#marked = new IdSet();
    this.#found = 0;
    const work = (1 + DELETION) * itemCount + 2 * tableCount;
    this.#pace = Math.min(Math.ceil(work / (PACE * tableCount + TINY)), MOST_FOR_BIRTH);
    this.#batch = Math.min(Math.max(BATCH, (this.#pace * tableCount) / 64), LARGEST_BATCH);
    this.shade(ROOT);
    let hasViews = false;
    for (const id of this.#tables.viewIds()) {
      hasViews ||= id !== ROOT;
      this.shade(id);
    }
    this.#due.started(hasViews);
    this.shade(CATALOGUE);
    return true;
  }

  #end() {
    this.#phase = IDLE;
    this.#tables.marker = null;
    this.#grey = [];
    this.#visit = this.#left = this.#condemned = this.#whole = null;
    this.#marked = new IdSet();
  }

  #workAWhile() {
    // After each run: the clock takes as long as many a run.
    if (!this.#canGoOn) return;
    const end = performance.now() + TIME;
    for (let left = STEPS; left > 0 && this.#canGoOn && performance.now() < end; left -= PIECE) this.#work(PIECE);
  }

  /** Whether there is work that needs no answer from Lua. */
  get #canGoOn() {
    return this.#phase === MARKING || this.#phase === SWEEPING;
  }

  #work(steps: number) {
    this.#owed = 0;
    for (let left = steps; left > 0;) {
      if (this.#visit !== null) left -= this.#look(left);
      else if (this.#grey.length > 0) left -= this.#enter(this.#grey.pop()!);
      else if (this.#phase === MARKING) this.#allMarked();
      else if (this.#phase === SWEEPING) left -= this.#sweep(left);
      else return;
    }
  }

  #allMarked() {
    this.#foundBeforeAsking = this.#found;
    this.#phase = ASKING;
  }

  /** @returns steps */
  #enter(id: number): number {
    const table = this.#tables.contents(id);
    if (table === undefined) return 1;
    if (table.size > LARGE || id === CATALOGUE) {
      this.#visit = table.entries();
      this.#visited = id;
      return 1;
    }
    for (const [key, value] of table) this.read(key, value);
    return 1 + table.size;
  }

  /** Marks the tables that the table refers to. @returns steps */
  #look(most: number): number {
    let steps = 0;
    // An iterator of a Map goes on where a loop was left.
    for (const [key, value] of this.#visit!) {
      if (this.#visited === CATALOGUE && key.startsWith(NAME) && !isReference(value)) return this.#giveUp();
      this.read(key, value);
      if (++steps >= most) return steps;
    }
    this.#visit = null;
    return steps + 1;
  }

  /** A name that stands for no table: the catalogue is damaged. */
  #giveUp() {
    this.abort();
    this.#due.isDirty = false;
    return 1;
  }

  /** Deletes unmarked tables. @returns steps */
  #sweep(most: number): number {
    const next = nextId(this.#tables);
    if (next === 0) return this.#giveUp();
    this.#left ??= this.#tables.entries();
    let steps = this.#condemned === null ? 0 : this.#deletePiece(most);
    if (steps >= most) return steps;
    for (const [id, table] of this.#left) {
      steps += this.#examine(id, table, next);
      if (steps >= most || this.#condemned !== null) return steps;
    }
    this.#finish();
    return steps + 1;
  }

  /** Deletes the table if it is not marked; a large one is condemned. @returns steps */
  #examine(id: number, table: ReadonlyMap<string, Uint8Array>, next: number): number {
    if (id <= ROOT || id >= next || this.#marked.has(id)) return 1;
    if (table.size > LARGE) {
      this.#condemned = { id, keys: table.keys() };
      return 1;
    }
    const steps = 1 + DELETION * table.size;
    this.#tables.deleteAll(id, table);
    return steps;
  }

  #deletePiece(most: number) {
    const { id, keys } = this.#condemned!;
    for (let steps = 0; steps < most; steps += DELETION) {
      const { done, value: key } = keys.next();
      if (done) {
        this.#condemned = null;
        return steps + 1;
      }
      this.#tables.delete(id, key);
    }
    return most;
  }

  #finish() {
    this.#due.finished({ tables: this.#found, heldAlone: this.#found - this.#foundBeforeAsking });
    this.#end();
  }
}
