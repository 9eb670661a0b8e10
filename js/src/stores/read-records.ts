// Reads the contents of a store, and checks everything there is to check. It knows no kind of store.
import { type Sum64, ZERO, add64, checksum64, equal64 } from "../bytes/checksum.ts";
import { type Totals, decodeHeader } from "./header.ts";
import {
  HEADER,
  type ReadRecord,
  type ReadingRoom,
  type StoredValue,
  inflateAll,
  quoted,
  readName,
  readRecord,
} from "./records.ts";
import { damaged } from "./refusals.ts";

/** The contents of a store. */
export interface Found {
  totals: Totals;
  entries: StoredValue[];
  /** The records of a program, not looked at yet. */
  program: [string, Uint8Array][];
}

interface ReadEntry extends ReadRecord, StoredValue {}

/**
 * Checks everything there is to check, before anything is given out.
 * @param records all of a store, each with its name
 * @param store its label
 * @param limit bytes of all values; compressed ones that become more are not read to their end
 * @returns null for a new store; the values are copies
 * @throws {StoreError} "damaged", "version"; "failed" where this engine cannot inflate
 */
export async function readRecords(
  records: [string, Uint8Array][],
  store: string,
  limit: number = Infinity,
): Promise<Found | null> {
  if (records.length === 0) return null;
  const names = new Map(records);
  if (names.size !== records.length) throw damaged(store, `record ${quoted(twice(records))} is there twice`);
  const header = names.get(HEADER);
  if (!header) throw damaged(store, `its header is missing, and ${records.length} records are there`);
  const totals = decodeHeader(header, store);
  names.delete(HEADER);
  const program = totals.program.count > 0 ? [...names].filter(([name]) => !readName(name)) : [];
  for (const [name] of program) names.delete(name);
  const { count, sum } = totals.tables;
  if (names.size !== count) throw damaged(store, `it has ${names.size} records, and should have ${count}`);
  const entries = await readEntries([...names], store, { left: limit, limit });
  if (!equal64(sum, sumOf(entries))) throw damaged(store, "its records are not of one and the same commit");
  return { totals, entries, program };
}

function twice(records: [string, Uint8Array][]) {
  const seen = new Set();
  return records.find(([name]) => seen.size === seen.add(name).size)![0];
}

/** @param records with their plain values */
export const sumOf = (records: ReadRecord[]): Sum64 =>
  records.reduce((sum, { seed, value }) => add64(sum, checksum64(value, seed)), ZERO);

async function readEntries(records: [string, Uint8Array][], store: string, room: ReadingRoom) {
  const entries = records.map(([name, record]) => readEntry(name, record, store));
  await inflateAll(entries, store, room);
  return entries;
}

function readEntry(name: string, record: Uint8Array, store: string): ReadEntry {
  const place = readName(name);
  if (!place) throw damaged(store, `record ${quoted(name)} has a name that is not one of ours`);
  return { ...readRecord(name, record, store), ...place };
}
