// What the host reads in table 0, where the module keeps its catalogue of tables.
import type { ExternalTables } from "./external-tables.ts";
import { CATALOGUE, INTEGER, LAST_ID } from "./ids.ts";

/** @returns the first id that was never given, the catalogue's `next`; 0: none, or a damaged one */
export function nextId(tables: ExternalTables): number {
  const bytes = tables.get(CATALOGUE, "next");
  if (bytes?.length !== 9 || bytes[0] !== INTEGER) return 0;
  const next = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(1, true));
  return next >= 2 && next <= LAST_ID ? next : 0;
}
