// The wire format, written from docs/abi.md section 6 and not from js/src/values/codec.ts; and stores as raw bytes.
//
// A bigint stands for an integer, a number for a float, a Buffer for a string, {table} for an external table, null for nil.
import assert from "node:assert/strict";

const u32 = value => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const PAYLOADS = {
  boolean: value => [1, Buffer.from([value ? 1 : 0])],
  bigint: value => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return [2, bytes];
  },
  number: value => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return [3, bytes];
  },
  object: value => {
    if (value === null) return [0, Buffer.alloc(0)];
    return Buffer.isBuffer(value) ? [4, Buffer.concat([u32(value.length), value])] : [7, u32(value.table)];
  },
};

/** The bytes of a value. */
export function valueBytes(item) {
  const [tag, payload] = PAYLOADS[typeof item](item);
  return Buffer.concat([Buffer.from([tag]), payload]);
}

/** The bytes of a key. */
export const keyBytes = item => (Buffer.isBuffer(item) && item.length > 0 && item[0] >= 8 ? item : valueBytes(item));

/** What the bytes of a value stand for. */
export function readValue(bytes) {
  const payload = Buffer.from(bytes.subarray(1));
  const read = {
    0: () => null,
    1: () => payload.readUInt8() === 1,
    2: () => payload.readBigInt64LE(),
    3: () => payload.readDoubleLE(),
    4: () => payload.subarray(4),
    7: () => ({ table: payload.readUInt32LE() }),
  }[bytes[0]];
  const item = read();
  assert.deepEqual(valueBytes(item), Buffer.from(bytes));
  return item;
}

/** What the bytes of a key stand for. */
export const readKey = bytes => (bytes[0] >= 8 ? Buffer.from(bytes) : readValue(bytes));

const utf8 = item => (typeof item === "string" ? Buffer.from(item) : item);

/** Everything stored in `lua`: [id, [[key, value], ...]] pairs, as items. */
export function storeOf(lua) {
  const item = (base64, read) => read(Buffer.from(base64, "base64"));
  return new Map(
    lua
      .createSnapshot()
      .tables.map(({ id, entries }) => [
        id,
        entries.map(([key, value]) => [item(key, readKey), item(value, readValue)]),
      ]),
  );
}

/** A snapshot of raw bytes: {id: [[key bytes, value bytes], ...]}; text stands for its UTF-8 bytes. */
export function rawSnapshot(tables) {
  const base64 = bytes => Buffer.from(bytes).toString("base64");
  const list = Object.entries(tables).map(([id, entries]) => ({
    id: Number(id),
    entries: entries.map(([key, value]) => [base64(key), base64(value)]),
  }));
  return { version: 2, timestamp: 0, tables: list };
}

/** A snapshot of items; text stands for a string. */
export function snapshot(tables) {
  const raw = entries => entries.map(([key, value]) => [keyBytes(utf8(key)), valueBytes(utf8(value))]);
  return rawSnapshot(Object.fromEntries(Object.entries(tables).map(([id, entries]) => [id, raw(entries)])));
}
