// External tables as the bytes that images carry: all numbers u32, little-endian. The number of tables; of each its id and
// its number of keys; of each key its length, its bytes, and the same of its value. What the bytes mean is unknown here.
const { byteString, ExternalTables } = globalThis.LuaPersistent.parts;

/** No table has this id or a larger one. */
const SERVICES = 0xffffffff;

/** @param {ExternalTables} tables @returns {number} bytes that they will take */
export const tablesSize = (tables) => 4 + 8 * tables.tableCount + 8 * tables.itemCount + tables.byteCount;

/** @param {ExternalTables} tables @param {Uint8Array} out of exactly `tablesSize` bytes */
export function encodeTables(tables, out) {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  let at = 0;
  const putNumber = (number) => {
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

/**
 * @param {Uint8Array} bytes
 * @param {(what: string) => Error} damaged
 * @returns {ExternalTables} copies, that can be kept for long
 */
export function decodeTables(bytes, damaged) {
  const reader = new Reader(bytes, damaged);
  const tables = new ExternalTables();
  for (let left = reader.number(); left > 0; left--) readTable(reader, tables, damaged);
  if (!reader.isAtEnd) throw damaged("its tables have more bytes than they say");
  return tables;
}

function readTable(reader, tables, damaged) {
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
  #bytes;
  #view;
  #damaged;
  #at = 0;

  constructor(bytes, damaged) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#damaged = damaged;
  }

  get isAtEnd() {
    return this.#at === this.#bytes.length;
  }

  number() {
    const at = this.#take(4);
    return this.#view.getUint32(at, true);
  }

  counted() {
    const length = this.number();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #take(size) {
    if (size > this.#bytes.length - this.#at) throw this.#damaged("its tables are cut short");
    this.#at += size;
    return this.#at - size;
  }
}
