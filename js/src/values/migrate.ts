// Brings stores of the earlier build, written in Zig, to the keys of this one.
import { bytesOf } from "../bytes/byte-string.ts";
import { CATALOGUE, isNil } from "../core/ids.ts";
import { Fault, type Refs, decodeKey, decodeValue, encodeKey } from "./codec.ts";
import type { LuaTableKey } from "./types.ts";
import type { TableViews } from "./views.ts";

/** The catalogue's note that the store was migrated: text that looks like a number is text from then on. */
const MIGRATED = "migrated";
/** Tables as plain ids: reading needs no views. */
const IDS: Refs = { view: id => ({ id }), idOf: view => (view as { id: number }).id };
const DECIMAL = /^(0|-?[1-9][0-9]{0,18})$/;

/** The changes that `migrate` made to a store of the earlier, Zig-built lua.wasm. */
export interface Migration<Key = LuaTableKey> {
  /** How many keys became integers. */
  integerKeys: number;
  /** How many became canonical strings: empty ones, and those whose first byte is below 8. */
  stringKeys: number;
  /** Fields that held nil, and are gone. */
  nils: number;
  /** Fields with functions or damaged values: they stay, and reading one is an Error. */
  unreadable: { table: number; key: Key }[];
  /** Fields whose new key was taken, with the key that they have now. */
  conflicts: { table: number; key: Key }[];
}

/**
 * Integer keys were text then: "7" becomes 7. Whether it was the text once, cannot be known; nor whether bytes that
 * are a key of the present form, such as 01 00 for false, were text. These stay as they are.
 * Tables that have no catalogue yet get one, with the names `table:<id>`. All or nothing. The catalogue notes that
 * it was done: text of digits that is written later stays text.
 * @returns nothing but zeros when it was done before
 * @throws {Error} a damaged catalogue; then nothing has changed
 */
export function migrate(views: TableViews): Migration {
  const { tables } = views;
  const summary: Migration = { integerKeys: 0, stringKeys: 0, nils: 0, unreadable: [], conflicts: [] };
  if (tables.get(CATALOGUE, MIGRATED)) return summary;
  // Throws when the catalogue is damaged: before anything is changed.
  views.next();
  for (const [id, table] of [...tables.entries()]) {
    if (id === CATALOGUE) continue;
    for (const [key, bytes] of [...table]) migrateField(views, id, key, bytes, summary);
  }
  tables.set(CATALOGUE, MIGRATED, Uint8Array.of(1, 1));
  return summary;
}

function migrateField(views: TableViews, id: number, key: string, bytes: Uint8Array, summary: Migration): void {
  const { tables } = views;
  if (isNil(bytes)) {
    tables.delete(id, key);
    summary.nils++;
    return;
  }
  const to = newPlace(views, id, key, summary);
  if (to !== key) {
    tables.delete(id, key);
    tables.set(id, to, bytes);
  }
  views.noteSize(bytes.length);
  if (!reads(() => decodeValue(bytes, IDS)))
    summary.unreadable.push({ table: id, key: decodeKey(to, views) as LuaTableKey });
}

/** The key that a field gets; counted. */
function newPlace(views: TableViews, id: number, key: string, summary: Migration): string {
  const isTaken = (to: string) => views.tables.get(id, to) !== undefined;
  const isInteger = DECIMAL.test(key) && BigInt.asIntN(64, BigInt(key)) === BigInt(key);
  if (!isInteger && reads(() => decodeKey(key, IDS))) return key;
  let to = isInteger ? encodeKey(BigInt(key), views)! : encodeKey(bytesOf(key), views)!;
  if (!isTaken(to)) {
    summary[isInteger ? "integerKeys" : "stringKeys"]++;
    return to;
  }
  // The text "7" is a good key as it is. Any other would be malformed, so it gets a prefix.
  to = key;
  while (!isInteger && isTaken(to)) to = `old:${to}`;
  summary.conflicts.push({ table: id, key: decodeKey(to, views) as LuaTableKey });
  return to;
}

function reads(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (cause) {
    if (cause instanceof Fault) return false;
    throw cause;
  }
}
