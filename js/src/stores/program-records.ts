// The records that a program has in a store beside its tables, under names that no key of a table has. They go with the same
// commits, and the header sums them up for themselves: tables can be read without them. It does not know what is in them.
import { type Sum64, checksum64, equal64 } from "../bytes/checksum.ts";
import { NO_MAP, ownMap } from "../core/nothing.ts";
import type { Found } from "./read-records.ts";
import { type Change, NOTHING, type Total, inflateAll, plus, readRecord, recordSum, without } from "./records.ts";
import { damaged, ofProgram } from "./refusals.ts";
import type { RecordChange } from "./store.ts";

/** All values of all records, at most: more than any memory of lua.wasm. */
const LIMIT = 2 ** 33;

/** What is kept. It is asked when no unit of work runs. */
export interface Program {
  /** Whether something may have changed since it was captured. */
  readonly hasPending: boolean;
  /**
   * What has changed since: records with plain values, null for one that is no more.
   * @throws {Error} nothing can be kept: then nothing is committed
   */
  capture(): RecordChange[];
  /** Ends the commit. @param isDurable false: what was captured must be captured again */
  settle(isDurable: boolean): void;
}

/** The records of a program as they are in a store, by names. */
export interface FoundProgram {
  /** Plain. */
  values: Map<string, Uint8Array>;
  sums: Map<string, Sum64>;
}

/** What is done about the program that a store has. */
export interface ProgramOptions {
  /** Default "tables": it is left alone. */
  persist?: "tables" | "everything";
  /** It is given up. */
  discardProgram?: boolean;
}

/** @throws {StoreError} naming what of the program is damaged */
export async function openProgram(
  found: Found | null,
  { persist, discardProgram }: ProgramOptions,
  store: string,
): Promise<ProgramRecords> {
  const records = new ProgramRecords();
  if (!found || found.totals.program.count === 0) return records;
  if (discardProgram === true) records.giveUp(found.program.map(([name]) => name));
  else if (persist === "everything") records.found = await readProgram(found, store);
  else records.isLeftAlone = true;
  return records;
}

async function readProgram({ totals, program }: Found, store: string): Promise<FoundProgram> {
  try {
    const { count, sum } = totals.program;
    if (program.length !== count)
      throw damaged(store, `its program has ${program.length} records, and should have ${count}`);
    const records = program.map(([name, record]) => readRecord(name, record, store));
    await inflateAll(records, store, { left: LIMIT, limit: LIMIT });
    const values = new Map(records.map(({ name, value }) => [name, value]));
    const sums = new Map(records.map(({ name, value, seed }) => [name, checksum64(value, seed)]));
    if (!equal64(sum, [...sums.values()].reduce(plus, NOTHING).sum))
      throw damaged(store, "the records of its program are not of one and the same commit");
    return { values, sums };
  } catch (problem) {
    throw ofProgram(store, problem);
  }
}

/** The records of a program in one open store. */
export class ProgramRecords {
  /** Of the records that are durable, by names. */
  #sums: Map<string, Sum64> = NO_MAP;
  #total: Total = NOTHING;
  /** The total with the commit under way, and the sums of what is in it: undefined for what it deletes. */
  #next: { total: Total; sums: Map<string, Sum64 | undefined> } | null = null;
  /** Names of records that go with the first commit. */
  #given: string[] = [];
  #program: Program | null = null;
  /** Whether there is a program that must stay as it is. */
  isLeftAlone = false;
  /** The program that is in the store. */
  found: FoundProgram | null = null;

  /** A program is kept from now on: the one that was found, or a new one. */
  keep(program: Program): void {
    this.#program = program;
    if (!this.found) return;
    this.#sums = this.found.sums;
    this.#total = [...this.#sums.values()].reduce(plus, NOTHING);
    this.found = null;
  }

  /** Deletes records with the next commit. */
  giveUp(names: string[]): void {
    this.#given = names;
  }

  get hasPending(): boolean {
    return this.#given.length > 0 || (this.#program?.hasPending ?? false);
  }

  /** For the header: with the commit under way. */
  get total(): Total {
    return this.#next?.total ?? this.#total;
  }

  /** All changes for one commit, which is under way until `settle`. */
  capture(): Change[] {
    if (!this.#program && this.#given.length === 0) return [];
    const changes = new Map<string, Change>();
    for (const name of this.#given) changes.set(name, { name });
    for (const { name, bytes } of this.#program?.capture() ?? [])
      changes.set(name, { name, after: bytes ?? undefined });
    let total = this.#total;
    const sums = new Map<string, Sum64 | undefined>();
    for (const { name, after } of changes.values()) {
      const before = this.#sums.get(name);
      const sum = after && recordSum(name, after);
      if (before) total = without(total, before);
      if (sum) total = plus(total, sum);
      sums.set(name, sum);
    }
    this.#next = { total, sums };
    return [...changes.values()];
  }

  settle(isDurable: boolean): void {
    this.#program?.settle(isDurable);
    const next = this.#next;
    this.#next = null;
    if (!next || !isDurable) return;
    const { total, sums } = next;
    this.#total = total;
    this.#given = [];
    this.#sums = ownMap(this.#sums);
    for (const [name, sum] of sums) sum ? this.#sums.set(name, sum) : this.#sums.delete(name);
  }
}
