// The wire format of docs/abi.md section 6, written from the contract and not from the module's source.
//
// JavaScript's bigint stands for an integer, number for a float, Uint8Array or string (latin1) for a
// string, and {table: id} for an external table.
import { bytesOf, latin1 } from "./hosts.mjs";

function payload(size, write) {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

const join = (tag, ...parts) => Uint8Array.from([tag, ...parts.flatMap(part => [...part])]);
const u32 = value => payload(4, view => view.setUint32(0, value, true));

function encodeString(bytes) {
  const encoded = new Uint8Array(5 + bytes.length);
  encoded[0] = 4;
  encoded.set(u32(bytes.length), 1);
  encoded.set(bytes, 5);
  return encoded;
}

/** The bytes of a value. */
export function value(data) {
  if (typeof data === "boolean") return join(1, [Number(data)]);
  if (typeof data === "bigint")
    return join(
      2,
      payload(8, view => view.setBigInt64(0, data, true)),
    );
  if (typeof data === "number")
    return join(
      3,
      payload(8, view => view.setFloat64(0, data, true)),
    );
  if (typeof data === "string") return encodeString(bytesOf(data));
  if (data instanceof Uint8Array) return encodeString(data);
  return join(7, u32(data.table));
}

/** A key, as the latin1 string that hosts know it by. */
export function key(data) {
  const bytes = typeof data === "string" ? bytesOf(data) : data;
  if (bytes instanceof Uint8Array) return latin1(bytes.length > 0 && bytes[0] >= 8 ? bytes : encodeString(bytes));
  return latin1(value(data));
}
