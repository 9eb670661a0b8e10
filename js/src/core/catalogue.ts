// The host's side of table 0, the module's catalogue of tables (docs/abi.md section 6, src/ext/catalogue.rs).
import type { ExternalTables } from "./external-tables.ts";
import { CATALOGUE, INTEGER, LAST_ID } from "./ids.ts";

/** @returns the catalogue's `next`, the first id that was never given; 0 when it is absent or damaged */
export function nextId(tables: ExternalTables): number {
  const bytes = tables.get(CATALOGUE, "next");
  if (bytes?.length !== 9 || bytes[0] !== INTEGER) return 0;
  const next = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(1, true));
  return next >= 2 && next <= LAST_ID ? next : 0;
}
