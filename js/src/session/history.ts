// The last units of work of a session: what each has changed in memory, in tables and in what the host keeps, as it was before.
// So Lua can go back. It does not know what is in these bytes.
import { nextId } from "../core/catalogue.ts";
import { MEMORY } from "../core/ids.ts";
import type { ExternalTables } from "../core/external-tables.ts";
import { decodeJournal } from "../host/notes.ts";
import { BLOCK, MemoryBlocks } from "../image/blocks.ts";
import { restoreMemory } from "../image/memory.ts";
import type { LuaTable, Views } from "../values/lua-table.ts";
import type { TableViews } from "../values/views.ts";
import type { RunParts, Runs } from "./runs.ts";
import { memoryOf } from "./program.ts";
import type { Messages } from "./types.ts";
import { Undo } from "./undo.ts";
import type { Made, Step } from "./unit.ts";

/** Blocks whose old contents are kept: 256 MiB of them. In a large Lua each collection changes nearly all. */
const MOST_BLOCKS = 2 ** 28 / BLOCK;

/** For {@link LuaSession.history}. */
export interface HistoryOptions {
  /**
   * To how many moments before now Lua can go back, at most: the oldest are given up when all have more than 256 MiB of old
   * contents. 0, as at first: no history is kept.
   */
  keep?: number;
}

/** A moment to which Lua can go back: when a unit of work had ended, with what followed until the next began. */
export interface HistoryEntry {
  /** For {@link LuaSession.rewind}; of later ones larger. */
  n: number;
  /** When that unit began. */
  when: Date;
  /** The name of its run, call or task. */
  what: string;
}

interface Moment extends HistoryEntry {
  /** What goes back to the moment before; null for the first. */
  undo: Undo | null;
}

/** What a history is kept of. */
export interface HistoryParts
  extends Omit<RunParts, "turns">, Pick<Made, "instance" | "host" | "persistence" | "program"> {
  runs: Runs;
  views(): TableViews;
  messages: Messages;
  /** Is called with errors of what goes on after going back. */
  report(error: unknown): void;
}

export class History {
  readonly #parts: HistoryParts;
  #keep = 0;
  #count = 0;
  #isWatching = false;
  /** From the oldest to now. */
  #moments: Moment[] = [];
  /** Memory as it was looked at last, and the records of the host. */
  #blocks = new MemoryBlocks();
  #host = new Map<string, Uint8Array>();

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  /** @returns from the oldest to now @throws {TypeError} naming the option that makes no sense */
  list(options: HistoryOptions = {}): HistoryEntry[] {
    const keep = checkedKeep(options);
    if (keep !== undefined) this.#setKeep(keep);
    this.#look();
    return this.#moments.map(({ n, when, what }) => ({ n, when, what }));
  }

  /** How many blocks of memory it has the old contents of. */
  get blockCount(): number {
    return this.#moments.reduce((sum, { undo }) => sum + (undo?.blockCount ?? 0), 0);
  }

  #setKeep(keep: number): void {
    const wasKept = this.#keep > 0;
    this.#keep = keep;
    if (keep === 0) this.#end();
    else if (!wasKept) this.#begin();
    this.#forgetOld();
  }

  #begin(): void {
    const { instance, program, units } = this.#parts;
    this.#blocks = program?.blocks ?? new MemoryBlocks();
    this.#blocks.onChange = block => this.#undo?.noteBlock(block, this.#blocks.value(block));
    units.onBegin = step => this.#begins(step);
    this.#watchTables(instance.tables);
  }

  #end(): void {
    this.#parts.units.onBegin = this.#blocks.onChange = null;
    this.#blocks = new MemoryBlocks();
    this.#host.clear();
    this.#moments = [];
  }

  /** What a journal of before refuses is no change. */
  #watchTables(tables: ExternalTables): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { journal } = tables;
    tables.journal = (id, key, before, isDeletion) => {
      journal?.(id, key, before, isDeletion);
      this.#undo?.tables.note(id, key, before);
    };
  }

  /** Of the last unit. */
  get #undo(): Undo | null {
    return this.#moments.at(-1)?.undo ?? null;
  }

  /** There is another Lua state: nothing goes back behind that. */
  restart(): void {
    this.#moments = [];
  }

  #begins({ name, isQuiet, isAnew }: Pick<Step, "name" | "isQuiet" | "isAnew">): void {
    if (isQuiet || isAnew) return;
    this.#look();
    this.#add(name);
  }

  #add(what: string): void {
    const undo = this.#moments.length > 0 ? new Undo(this.#blocks.known.length) : null;
    this.#moments.push({ n: ++this.#count, when: new Date(), what, undo });
    this.#forgetOld();
  }

  #forgetOld(): void {
    const tooMany = this.#moments.length - this.#keep - 1;
    if (tooMany > 0) this.#moments.splice(0, tooMany);
    if (this.#moments.length > 0) this.#moments[0].undo = null;
    while (this.blockCount > MOST_BLOCKS) {
      this.#moments.shift();
      this.#moments[0].undo = null;
    }
  }

  /** What has changed is of the last unit. Of a Lua that has failed, what is known is as it was before that. */
  #look(): void {
    const { instance, program, host } = this.#parts;
    if (this.#keep === 0 || instance.failure) return;
    if (program) program.look();
    else this.#blocks.changed(memoryOf(instance));
    const records = host.journal();
    this.#undo?.noteRecords(this.#host, records);
    this.#host = records;
    this.#forgetOld();
    if (this.#moments.length === 0) this.#add("");
  }

  /**
   * Goes back to a moment. Going back is a unit of work itself, and can be gone back behind.
   * @throws {RangeError} there is no such moment
   */
  async rewind(n: number): Promise<void> {
    const { instance, persistence, commits } = this.#parts;
    if (persistence.readOnly) throw persistence.refusal();
    this.#after(n);
    const exports = await instance.instantiate(instance.module!);
    // Whatever ran meanwhile.
    this.#look();
    const back = this.#backTo(n);
    restoreMemory(exports.memory, { memory: back.memory(this.#blocks.known) });
    const records = back.records(this.#host);
    this.#add(`rewind ${n}`);
    this.#leave();
    back.restore(instance.tables);
    instance.use(exports);
    this.#goOn(records);
    await commits.commit();
  }

  /** @returns the moments after this one */
  #after(n: number): Moment[] {
    const at = this.#moments.findIndex(moment => moment.n === n);
    if (at >= 0) return this.#moments.slice(at + 1);
    const range = this.#moments.length > 0 ? `${this.#moments[0].n} to ${this.#count}` : "none";
    throw new RangeError(`rewind: there is no moment ${String(n)} in the history, which has ${range}`);
  }

  #backTo(n: number): Undo {
    const after = this.#after(n);
    const back = new Undo(after[0]?.undo!.size ?? this.#blocks.known.length);
    for (const { undo } of after) back.add(undo!);
    return back;
  }

  /** What waits is told so, and nobody runs Lua meanwhile. */
  #leave(): void {
    const { instance, host, requests, messages } = this.#parts;
    const why = Object.assign(new Error("Lua went back to an earlier moment, and what waited is lost"), {
      name: "AbortError",
    });
    instance.failure = why;
    host.clear(why);
    requests.clear();
    messages.forget?.();
  }

  /** From what is in memory and in the tables now. */
  #goOn(records: ReadonlyMap<string, Uint8Array>): void {
    const { instance, program, runs, report, sweeping } = this.#parts;
    sweeping.abort();
    this.#retireViews(instance.tables);
    program?.touch();
    const noted = decodeJournal(records, name => new Error(`the history is damaged: '${name}'`));
    runs.adopt(noted, "rewind", report);
    this.#look();
  }

  /** Those of tables that are not there yet: their ids will be those of others. */
  #retireViews(tables: ExternalTables): void {
    const next = nextId(tables) || MEMORY + 1;
    const views = this.#parts.views();
    for (const id of [...tables.viewIds()]) {
      if (id >= next && tables.size(id) === 0) retire(views.view(id), goneViews(id));
    }
  }
}

/** The class is that of the view: here it may be another copy. */
const retire = (view: LuaTable, views: Views): void => (view.constructor as typeof LuaTable).retire(view, views);

/** Instead of what a view is of. */
const goneViews = (id: number): Views =>
  new Proxy({} as Views, {
    get() {
      throw new Error(`external table ${id} is gone: Lua went back to a moment at which it was not there`);
    },
  });

/** @throws {TypeError} naming the option */
function checkedKeep(options: HistoryOptions): number | undefined {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`history: the argument is ${String(options)}, and must be an object of options`);
  const other = Object.keys(options).find(name => name !== "keep");
  if (other !== undefined) throw new TypeError(`history: there is no option '${other}', only keep`);
  const { keep } = options;
  if (keep === undefined || (Number.isSafeInteger(keep) && keep >= 0)) return keep;
  throw new TypeError(`history: keep is ${String(keep)}, and must be a whole number of moments`);
}
