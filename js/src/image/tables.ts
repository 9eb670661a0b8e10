// External tables as the bytes that images carry: all numbers u32, little-endian. The number of tables; of each its id and
// its number of keys; of each key its length, its bytes, and the same of its value. It does not know their meaning.
import { byteString, dataView } from "../bytes/byte-string.ts";
import { ExternalTables } from "../core/external-tables.ts";
import { SERVICES } from "../core/ids.ts";

type Damaged = (what: string) => Error;

/** @returns bytes that they will take */
export const tablesSize = (tables: ExternalTables): number =>
  4 + 8 * tables.tableCount + 8 * tables.itemCount + tables.byteCount;

/** @param out of exactly `tablesSize` bytes */
export function encodeTables(tables: ExternalTables, out: Uint8Array) {
  const view = dataView(out);
  let at = 0;
  const putNumber = (number: number) => {
    view.setUint32(at, number, true);
    at += 4;
  };
  putNumber(tables.tableCount);
  for (const [id, table] of tables.entries()) {
    putNumber(id);
    putNumber(table.size);
    for (const [key, value] of table) {
      putNumber(key.length);
      for (let i = 0; i < key.length; i++) out[at++] = key.charCodeAt(i);
      putNumber(value.length);
      out.set(value, at);
      at += value.length;
    }
  }
}

/** @returns copies, which share no memory with the bytes */
export function decodeTables(bytes: Uint8Array, damaged: (what: string) => Error): ExternalTables {
  const reader = new Reader(bytes, damaged);
  const tables = new ExternalTables();
  for (let left = reader.number(); left > 0; left--) readTable(reader, tables, damaged);
  if (!reader.isAtEnd) throw damaged("its tables have more bytes than they say");
  return tables;
}

function readTable(reader: Reader, tables: ExternalTables, damaged: Damaged): void {
  const id = reader.number();
  if (id === SERVICES) throw damaged("a table has the id of the host services");
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
