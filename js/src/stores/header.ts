// The header of a store: what it says of all other records. It does not know what is in them.
import { dataView } from "../bytes/byte-string.ts";
import { put64, read64, write64 } from "../bytes/checksum.ts";
import { HEADER, NOTHING, SUM_SIZE, type Total, checkSum, recordSum } from "./records.ts";
import { damaged, unknownVersion } from "./refusals.ts";

/**
 * Of a store with tables alone, and of one with a program too: whoever knows the first only does not open the second. 2 is the
 * form of pages (page-form.ts).
 */
const TABLES_ONLY = 1;
const WITH_PROGRAM = 3;
const MAGIC = 0x5461754c; // "LuaT"
/** Bytes of a header for each form. */
const HEADER_SIZES: Record<number, number> = { [TABLES_ONLY]: 32, [WITH_PROGRAM]: 48 };

/** What the header says of all other records: those of tables, and those of a program (program-records.ts). */
export interface Totals {
  tables: Total;
  program: Total;
}

/** Where headers are made: a view of each would take longer than all else. */
const draft = new Uint8Array(48);
const draftView = /* @__PURE__ */ dataView(draft);

export function encodeHeader({ tables, program }: Totals): Uint8Array {
  const form = program.count > 0 ? WITH_PROGRAM : TABLES_ONLY;
  draftView.setUint32(0, MAGIC, true);
  draftView.setUint32(4, form, true);
  putTotal(draftView, 8, tables);
  if (form === WITH_PROGRAM) putTotal(draftView, 24, program);
  const sumAt = HEADER_SIZES[form] - SUM_SIZE;
  put64(draft, sumAt, recordSum(HEADER, draft, sumAt));
  return draft.slice(0, HEADER_SIZES[form]);
}

function putTotal(view: DataView, at: number, { count, sum }: Total): void {
  view.setFloat64(at, count, true);
  write64(view, at + 8, sum);
}

/** @throws {StoreError} "damaged", "version" */
export function decodeHeader(header: Uint8Array, store: string): Totals {
  checkSum(HEADER, header, store);
  const view = dataView(header);
  if (header.length < 16 || view.getUint32(0, true) !== MAGIC) throw damaged(store, "its header is not one of ours");
  // Every later form begins like these, and ends with such a checksum.
  const form = view.getUint32(4, true);
  if (!(form in HEADER_SIZES))
    throw unknownVersion(store, `its form is ${form}, and ${Object.keys(HEADER_SIZES).join(" and ")} are known here`);
  if (header.length !== HEADER_SIZES[form]) throw damaged(store, `its header has ${header.length} bytes`);
  const totalAt = (at: number): Total => ({ count: view.getFloat64(at, true), sum: read64(view, at + 8) });
  return { tables: totalAt(8), program: form === WITH_PROGRAM ? totalAt(24) : NOTHING };
}
