// External tables as the bytes that images carry: all numbers u32, little-endian. The number of tables; of each its id and
// its number of keys; of each key its length, its bytes, and the same of its value. What the bytes mean is unknown here. A
// table with the id of the host services has what the host keeps of its own beside the state.
import { byteString, dataView } from "../bytes/byte-string.ts";
import type { ExternalTables } from "../core/external-tables.ts";
import { SERVICES } from "../core/ids.ts";

type Damaged = (what: string) => Error;

/** What the host keeps of its own, by byte strings. */
export type HostNotes = ReadonlyMap<string, Uint8Array>;

/** @returns bytes that they will take */
export function tablesSize(tables: ExternalTables, notes: HostNotes): number {
  let size = 4 + 8 * tables.tableCount + 8 * tables.itemCount + tables.byteCount;
  if (notes.size > 0) size += 8;
  for (const [key, value] of notes) size += 8 + key.length + value.length;
  return size;
}

/** @param out of exactly `tablesSize` bytes */
export function encodeTables(tables: ExternalTables, notes: HostNotes, out: Uint8Array) {
  const view = dataView(out);
  let at = 0;
  const putNumber = (number: number) => {
    view.setUint32(at, number, true);
    at += 4;
  };
  const putTable = (id: number, table: HostNotes) => {
    putNumber(id);
    putNumber(table.size);
    for (const [key, value] of table) {
      putNumber(key.length);
      for (let i = 0; i < key.length; i++) out[at++] = key.charCodeAt(i);
      putNumber(value.length);
      out.set(value, at);
      at += value.length;
    }
  };
  putNumber(tables.tableCount + (notes.size > 0 ? 1 : 0));
  for (const [id, table] of tables.entries()) putTable(id, table);
  if (notes.size > 0) putTable(SERVICES, notes);
}

/** @param tables empty: they get copies, which share no memory with the bytes */
export function decodeTables(
  bytes: Uint8Array,
  tables: ExternalTables,
  damaged: (what: string) => Error,
): { tables: ExternalTables; notes: HostNotes } {
  const reader = new Reader(bytes, damaged);
  for (let left = reader.number(); left > 0; left--) readTable(reader, tables, damaged);
  if (!reader.isAtEnd) throw damaged("its tables have more bytes than they say");
  const notes = new Map(tables.contents(SERVICES));
  tables.deleteAll(SERVICES);
  return { tables, notes };
}

function readTable(reader: Reader, tables: ExternalTables, damaged: Damaged): void {
  const id = reader.number();
  if (tables.size(id) > 0) throw damaged(`table ${id} is there twice`);
  for (let left = reader.number(); left > 0; left--) {
    const key = byteString(reader.counted());
    if (tables.get(id, key)) throw damaged(`table ${id} has a key twice`);
    tables.set(id, key, reader.counted().slice());
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #damaged: Damaged;
  #at = 0;

  constructor(bytes: Uint8Array, damaged: Damaged) {
    this.#bytes = bytes;
    this.#view = dataView(bytes);
    this.#damaged = damaged;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  number(): number {
    const at = this.#take(4);
    return this.#view.getUint32(at, true);
  }

  counted(): Uint8Array {
    const length = this.number();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #take(size: number): number {
    if (size > this.#bytes.length - this.#at) throw this.#damaged("its tables are cut short");
    this.#at += size;
    return this.#at - size;
  }
}
