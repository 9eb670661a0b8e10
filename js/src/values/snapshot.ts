// Snapshots: external tables as plain data that survives JSON, and back. It knows references, because a snapshot has only
// the tables that `Memory` and names reach.
import { byteString, bytesOf, fromBase64, toBase64 } from "../bytes/byte-string.ts";
import { nextId } from "../core/catalogue.ts";
import { ExternalTables } from "../core/external-tables.ts";
import {
  CATALOGUE,
  LAST_ID,
  MEMORY,
  SERVICES,
  idIn,
  idInKey,
  isReference,
  isReferenceKey,
  isTableId,
} from "../core/ids.ts";

const SNAPSHOT_VERSION = 2;

/** All external tables as plain data that survives JSON: keys and values are base64. */
export interface Snapshot {
  version: 2;
  /** Milliseconds since 1970. */
  timestamp: number;
  tables: { id: number; entries: [string, string][] }[];
}

/** @returns the tables that `Memory` and names reach; null for a store without a catalogue, of which all count */
function reachable(tables: ExternalTables): Set<number> | null {
  if (!tables.get(CATALOGUE, "next")) return null;
  const found = new Set([CATALOGUE, MEMORY]);
  // A set is walked to its end, with everything that is added on the way.
  for (const id of found) {
    for (const [key, value] of tables.contents(id) ?? []) {
      if (isReference(value)) found.add(idIn(value));
      if (isReferenceKey(key)) found.add(idInKey(key));
    }
  }
  return found;
}

export function writeSnapshot(tables: ExternalTables): Snapshot {
  const reached = reachable(tables);
  const list = Array.from(
    [...tables.entries()].filter(([id]) => reached?.has(id) ?? true),
    ([id, table]) => ({
      id,
      entries: Array.from(table, ([key, value]): [string, string] => [btoa(key), toBase64(value)]),
    }),
  );
  return { version: SNAPSHOT_VERSION, timestamp: Date.now(), tables: list };
}

/**
 * Reads our own snapshots and those of earlier pages, which have no version and keep values as a Uint8Array or in the form
 * that JSON makes of one, {"0":4,"1":5}.
 * @returns a new set, complete or not at all
 * @throws {Error} naming the table and key that is damaged
 */
export function readSnapshot(snapshot: object): ExternalTables {
  const { version, tables: list } = (snapshot ?? {}) as { version?: unknown; tables?: unknown };
  if (version !== undefined && version !== SNAPSHOT_VERSION) {
    throw new Error(`snapshot: version ${JSON.stringify(version)} is not known here, only ${SNAPSHOT_VERSION}`);
  }
  if (!Array.isArray(list)) throw new Error("snapshot: there is no list of tables");
  const tables = new ExternalTables();
  const seen = new Set<number>();
  list.forEach((table: { id: number; entries: unknown } | null, place) => {
    const id = table?.id as number;
    if (!Number.isInteger(id) || id < 0 || id >= SERVICES) {
      throw new Error(`snapshot: the id of table number ${place + 1} is not an integer from 0 to ${SERVICES - 1}`);
    }
    if (seen.has(id)) throw new Error(`snapshot: table ${id} is there twice`);
    seen.add(id);
    readEntries(tables, id, table!.entries);
  });
  // In the last half of the ids, few may be left.
  return nextId(tables) >= LAST_ID / 2 ? renumbered(tables) : tables;
}

/** @returns the same with ids from 2 on without gaps */
function renumbered(tables: ExternalTables): ExternalTables {
  const ids = new Map([
    [CATALOGUE, CATALOGUE],
    [MEMORY, MEMORY],
  ]);
  const numberOf = (id: number) => {
    if (!ids.has(id)) ids.set(id, ids.size);
    return ids.get(id)!;
  };
  const reference = (bytes: Uint8Array) =>
    // An id that no table can have is malformed, and stays so.
    isReference(bytes) && isTableId(idIn(bytes)) ? withNumber(bytes, numberOf(idIn(bytes))) : bytes;
  const moved = new ExternalTables();
  for (const [id, table] of tables.entries()) {
    for (const [key, value] of table) moved.set(numberOf(id), byteString(reference(bytesOf(key))), reference(value));
  }
  moved.set(CATALOGUE, "next", withNumber(tables.get(CATALOGUE, "next")!, ids.size));
  return moved;
}

/** The same wire bytes with another u32 behind the tag. */
function withNumber(bytes: Uint8Array, number: number): Uint8Array {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint32(1, number, true);
  return changed;
}

function readEntries(tables: ExternalTables, id: number, entries: unknown): void {
  if (!Array.isArray(entries)) throw new Error(`snapshot: table ${id} has no list of entries`);
  entries.forEach((entry, place) => {
    const key = Array.isArray(entry) ? fromBase64(entry[0]) : undefined;
    if (key === undefined) throw new Error(`snapshot: table ${id}: the key of entry ${place + 1} is not base64`);
    const where = `snapshot: table ${id}, key ${/^[ -~]*$/.test(key) ? `'${key}'` : `base64 ${entry[0]}`}`;
    if (tables.get(id, key)) throw new Error(`${where} is there twice`);
    tables.set(id, key, readValue(entry[1], where));
  });
}

/** @returns a copy */
function readValue(value: unknown, where: string): Uint8Array {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value === "string") {
    const text = fromBase64(value);
    if (text === undefined) throw new Error(`${where}: the value is not base64`);
    return bytesOf(text);
  }
  if (typeof value !== "object" || value === null) throw new Error(`${where}: the value is not bytes`);
  const indices = Object.keys(value);
  return Uint8Array.from(indices, (index, i) => {
    const byte = (value as Record<string, number>)[index];
    if (index !== String(i)) throw new Error(`${where}: byte ${i} is missing`);
    if (!Number.isInteger(byte) || byte < 0 || byte > 255) {
      throw new Error(`${where}: byte ${i} is not an integer from 0 to 255`);
    }
    return byte;
  });
}
