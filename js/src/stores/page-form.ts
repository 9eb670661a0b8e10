// The form of a page, which holds many small changes of records, and of the header of a store that has pages. Both end
// with a checksum over their key and all of their bytes. It does not know where they are kept.
import type { Bytes } from "../bytes/byte-string.ts";
import { put64 } from "../bytes/checksum.ts";
import { packChanges, unpackChanges } from "./packed-changes.ts";
import { HEADER, isIntact, recordSum } from "./records.ts";
import type { RecordChange } from "./store.ts";

/*
 * A page: u32 count, u32 length of the names, per change the u32 length of its bytes or DELETED, the names with a line
 * feed between two, the bytes. The header: u32 magic, u32 form, u32 number of pages, f64 number of the commit, and the
 * header of the records as it is without pages. Little-endian.
 */
const MAGIC = 0x5461754c; // "LuaT", as in the header of the records
const FORM = 2;
const PAGE_HEAD = 8;
const HEADER_HEAD = 20;
const SUM_SIZE = 8;

/** Of a store that has pages. */
interface PagesHeader {
  pages: number;
  commits: number;
  /** The header of the records. */
  records: Uint8Array;
}

/** The form of the header that is known here. */
export { FORM as PAGE_FORM };

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** @returns the bytes it takes in a page */
export const changeSize = ({ name, bytes }: RecordChange): number => 5 + name.length + (bytes?.length ?? 0);

/** @param key of the page @param changes with names of printable ASCII */
export function encodePage(key: string, changes: RecordChange[]) {
  const packed = packChanges(changes);
  const names = encoder.encode(packed.names.join("\n"));
  const namesAt = PAGE_HEAD + 4 * changes.length;
  const page = new Uint8Array(namesAt + names.length + packed.bytes.length + SUM_SIZE);
  const view = new DataView(page.buffer);
  view.setUint32(0, changes.length, true);
  view.setUint32(4, names.length, true);
  packed.sizes.forEach((size, i) => view.setUint32(PAGE_HEAD + 4 * i, size, true));
  page.set(names, namesAt);
  page.set(packed.bytes, namesAt + names.length);
  return sealed(key, page);
}

/** @returns undefined for a damaged one */
export const decodePage = (key: string, page: Uint8Array): RecordChange[] | undefined =>
  isIntact(key, page) ? readPage(page) : undefined;

/** @returns the name of a record in a damaged page that is damaged itself */
export function damagedRecord(page: Uint8Array): string | undefined {
  return readPage(page)?.find(({ name, bytes }) => bytes && !isIntact(name, bytes))?.name;
}

function readPage(page: Uint8Array) {
  const end = page.length - SUM_SIZE;
  if (end < PAGE_HEAD) return undefined;
  const view = new DataView(page.buffer, page.byteOffset);
  const count = view.getUint32(0, true);
  const namesAt = PAGE_HEAD + 4 * count;
  const bytesAt = namesAt + view.getUint32(4, true);
  if (count === 0 || bytesAt > end) return undefined;
  const names = decoder.decode(page.subarray(namesAt, bytesAt)).split("\n");
  const sizes = Uint32Array.from({ length: count }, (_, i) => view.getUint32(PAGE_HEAD + 4 * i, true));
  return unpackChanges({ names, sizes, bytes: page.subarray(bytesAt, end) as Bytes });
}

/** @param header records: the header of the records */
export function encodePagesHeader({ pages, commits, records }: PagesHeader): Uint8Array {
  const header = new Uint8Array(HEADER_HEAD + records.length + SUM_SIZE);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORM, true);
  view.setUint32(8, pages, true);
  view.setFloat64(12, commits, true);
  header.set(records, HEADER_HEAD);
  return sealed(HEADER, header);
}

/**
 * @returns undefined for that of a store without pages, for a damaged one, and for none
 */
export function decodePagesHeader(header: unknown): (PagesHeader & { form: number }) | undefined {
  if (!(header instanceof Uint8Array) || header.length < HEADER_HEAD + SUM_SIZE || !isIntact(HEADER, header))
    return undefined;
  const view = new DataView(header.buffer, header.byteOffset);
  const form = view.getUint32(4, true);
  if (view.getUint32(0, true) !== MAGIC || form < FORM) return undefined;
  const records = header.slice(HEADER_HEAD, -SUM_SIZE);
  return { form, pages: view.getUint32(8, true), commits: view.getFloat64(12, true), records };
}

function sealed(key: string, bytes: Uint8Array) {
  const end = bytes.length - SUM_SIZE;
  put64(bytes, end, recordSum(key, bytes.subarray(0, end)));
  return bytes;
}
