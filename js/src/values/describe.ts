// Values in words, for messages: the value that cannot be stored, and the one to store instead.
import { kindOf } from "./codec.ts";

/** A value that cannot be stored, as messages name it. */
export function describe(value: unknown): string {
  if (typeof value === "bigint") return `${value}n, which has more than 64 bits`;
  if (typeof value === "string") return "a string with half a surrogate pair";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null) return String(value);
  const name = classOf(value);
  const isBuiltIn = name === kindOf(value) && name !== "Object";
  return isBuiltIn ? `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}` : `an object of class ${name}`;
}

const classOf = (object: object): string => Object.getPrototypeOf(object)?.constructor?.name || kindOf(object);

/** A replacement that can be stored, by type, or by an object's class or tag. */
const INSTEAD: Record<string, string> = {
  // @ts-expect-error The compiler takes it for a name like the others.
  __proto__: null,
  bigint: "a string, for example String(value)",
  string: "whole characters, for example value.toWellFormed(), or a Uint8Array of bytes",
  symbol: "a string, for example symbol.description",
  function: "data: a table here holds no functions",
  Date: "a number or a string, for example date.toISOString()",
  Set: "an array, for example [...set]",
  RegExp: "a string, for example regexp.source",
  Error: "a string, for example error.message",
  Promise: "what it resolves to: await it first",
  URL: "a string, for example url.href",
  Number: "its primitive, value.valueOf()",
  String: "its primitive, value.valueOf()",
  Boolean: "its primitive, value.valueOf()",
  ArrayBuffer: "bytes, for example new Uint8Array(buffer)",
  SharedArrayBuffer: "a copy of its bytes, for example new Uint8Array(buffer).slice()",
  DataView: "bytes, for example new Uint8Array(view.buffer, view.byteOffset, view.byteLength)",
  Blob: "its bytes, for example await blob.bytes()",
  File: "its bytes, for example await file.bytes()",
  Map: "a plain Map, for example new Map(map)",
  Array: "a plain array, for example Array.from(array)",
  LuaTable: "a copy, for example table.toObject(): this is a table of another LuaPersistent",
  LuaOpaque: "data: it stands for what only Lua has",
};

export function instead(value: unknown): string {
  if (typeof value !== "object" || value === null) return INSTEAD[typeof value];
  const known = INSTEAD[classOf(value)] ?? INSTEAD[kindOf(value)];
  if (known) return known;
  return ArrayBuffer.isView(value)
    ? "its numbers as an array, for example Array.from(array), or bytes as a Uint8Array"
    : "a plain object, an array or a Map, for example { ...object }";
}
