// The wire format of keys and values, for JavaScript values: pure functions, which know tables by their ids only.
// A key is a byte string (one character per byte), a value a Uint8Array. `refs` is who knows the views of tables:
// `refs.idOf(value)` is the id of a view, or undefined; `refs.view(id)` the view of a table.
// A part of LuaPersistent: include it after lua-persistent.js.
(() => {
  "use strict";

  const { parts } = globalThis.LuaPersistent;
  const { byteString, bytesOf } = parts;

  const [NIL, BOOLEAN, INTEGER, FLOAT, STRING, FUNCTION, CLOSURE, TABLE, RAW] = Array(9).keys();
  /** Bytes of everything that is not a string, by tag. */
  const SIZES = { [NIL]: 1, [BOOLEAN]: 2, [INTEGER]: 9, [FLOAT]: 9, [TABLE]: 5 };
  const STRING_HEADER = 5;
  /** A string that is its own key. */
  const ASCII_KEY = /^[\x08-\x7f][\0-\x7f]*$/;
  const LONE_SURROGATE = /\p{Cs}/u;
  /** Steps shown of a long path. */
  const SHOWN = 10;

  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** Bytes that cannot be read. */
  class Fault extends Error {
    /** @param {boolean} isFunction a function of an older build, rather than damage */
    constructor(isFunction = false) {
      super(isFunction ? "a function of an older build" : "malformed");
      this.isFunction = isFunction;
    }
  }

  /** Where fixed-size values are put together, before they are copied. */
  const scratch = new Uint8Array(9);
  const words = new DataView(scratch.buffer);

  function take(tag) {
    scratch[0] = tag;
    return scratch.slice(0, SIZES[tag]);
  }

  /** @param {number} value a safe integer */
  function integer(value) {
    words.setUint32(1, value >>> 0, true);
    words.setInt32(5, Math.floor(value / 2 ** 32), true);
    return take(INTEGER);
  }

  function bigInteger(value) {
    words.setBigInt64(1, value, true);
    return take(INTEGER);
  }

  function float(value) {
    words.setFloat64(1, value, true);
    return take(FLOAT);
  }

  function table(id) {
    words.setUint32(1, id, true);
    return take(TABLE);
  }

  function string(content) {
    const bytes = new Uint8Array(STRING_HEADER + content.length);
    bytes[0] = STRING;
    new DataView(bytes.buffer).setUint32(1, content.length, true);
    bytes.set(content, STRING_HEADER);
    return bytes;
  }

  /** The tag of Object.prototype.toString, which is the same in every frame. */
  const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

  /** @returns {Uint8Array | undefined} undefined for what is not a boolean, number, string or table, or does not fit */
  function encodeValue(value, refs) {
    switch (typeof value) {
      case "boolean":
        return Uint8Array.of(BOOLEAN, Number(value));
      case "bigint":
        return BigInt.asIntN(64, value) === value ? bigInteger(value) : undefined;
      case "number":
        return Number.isSafeInteger(value) && !Object.is(value, -0) ? integer(value) : float(value);
      case "string":
        return LONE_SURROGATE.test(value) ? undefined : string(encoder.encode(value));
      case "object": {
        if (ArrayBuffer.isView(value) && kindOf(value) === "Uint8Array") return string(value);
        const id = refs.idOf(value);
        return id === undefined ? undefined : table(id);
      }
    }
  }

  /** @returns {string | undefined} undefined for what no table can have as a key */
  function encodeKey(key, refs) {
    if (typeof key === "string" && ASCII_KEY.test(key)) return key;
    if (Number.isNaN(key)) return undefined;
    // As in Lua, a float that is equal to an integer is that integer.
    const isInteger = Number.isInteger(key) && key >= -(2 ** 63) && key < 2 ** 63;
    const bytes = Number.isSafeInteger(key) ? integer(key) : encodeValue(isInteger ? BigInt(key) : key, refs);
    if (!bytes) return undefined;
    return byteString(bytes[0] === STRING && bytes[STRING_HEADER] >= RAW ? bytes.subarray(STRING_HEADER) : bytes);
  }

  /** @returns {string | Uint8Array} bytes, as a copy, when they are not UTF-8 */
  function text(bytes) {
    try {
      return decoder.decode(bytes);
    } catch {
      return bytes.slice();
    }
  }

  /** @returns {unknown} undefined for nil @throws {Fault} */
  function decodeValue(bytes, refs) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const tag = bytes[0];
    if (tag === FUNCTION || tag === CLOSURE) throw new Fault(true);
    const isString = tag === STRING && bytes.length >= STRING_HEADER;
    const size = isString ? STRING_HEADER + view.getUint32(1, true) : SIZES[tag];
    if (bytes.length !== size) throw new Fault();
    if (isString) return text(bytes.subarray(STRING_HEADER));
    if (tag === INTEGER) return readInteger(view);
    if (tag === FLOAT) return view.getFloat64(1, true);
    if (tag === TABLE) return viewOf(view.getUint32(1, true), refs);
    if (tag === NIL) return undefined;
    if (bytes[1] > 1) throw new Fault();
    return bytes[1] === 1;
  }

  /** A number, where it can be one. */
  function readInteger(view) {
    const number = view.getInt32(5, true) * 2 ** 32 + view.getUint32(1, true);
    return Number.isSafeInteger(number) ? number : view.getBigInt64(1, true);
  }

  function viewOf(id, refs) {
    if (id === 0 || id === 0xffffffff) throw new Fault();
    return refs.view(id);
  }

  /** @throws {Fault} also when the key is not in the one form it is written in */
  function decodeKey(key, refs) {
    if (ASCII_KEY.test(key)) return key;
    const bytes = bytesOf(key);
    if (bytes[0] >= RAW) return text(bytes);
    const value = decodeValue(bytes, refs);
    if (encodeKey(value, refs) !== key) throw new Fault();
    return value;
  }

  /** A key as messages show it: `'name'`, `[1]`, `[external table 2]`. */
  function showKey(key, refs) {
    if (typeof key === "string") return key.length > 60 ? `'${key.slice(0, 60)}...'` : `'${key}'`;
    if (typeof key !== "object" || key === null) return `[${String(key)}]`;
    const id = refs.idOf(key);
    return id === undefined ? `[${kindOf(key)}]` : `[external table ${id}]`;
  }

  /** What cannot be stored, as messages name it. */
  function describe(value) {
    if (typeof value === "bigint") return `${value}n, which has more than 64 bits`;
    if (typeof value === "string") return "a string with half a surrogate pair";
    if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
    if (typeof value !== "object" || value === null) return String(value);
    const name = classOf(value);
    const isBuiltIn = name === kindOf(value) && name !== "Object";
    return isBuiltIn ? `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}` : `an object of class ${name}`;
  }

  const classOf = (object) => Object.getPrototypeOf(object)?.constructor?.name || kindOf(object);

  /** What can be stored instead, by what a value is: the type, or an object's class or tag. */
  const INSTEAD = {
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

  function instead(value) {
    if (typeof value !== "object") return INSTEAD[typeof value];
    const known = INSTEAD[classOf(value)] ?? INSTEAD[kindOf(value)];
    if (known) return known;
    return ArrayBuffer.isView(value)
      ? "its numbers as an array, for example Array.from(array), or bytes as a Uint8Array"
      : "a plain object, an array or a Map, for example { ...object }";
  }

  /**
   * Checks a graph of plain objects, arrays and Maps and encodes it, without recursion. Fields that are `undefined` or
   * `null` are absent, as nil is in Lua.
   * @param {unknown} key what it is to be stored under, for messages
   * @returns {Map<string, Uint8Array | number>[]} the fields of each table; a number is the place of another one
   */
  function encodeGraph(value, key, refs) {
    const numbers = new Map();
    const found = [];
    const encode = (value, parent, key) => {
      const encoded = encodeValue(value, refs) ?? numbers.get(value);
      if (encoded !== undefined) return encoded;
      const source = fieldsOf(value);
      if (!source) throw new Error(`cannot store ${describe(value)} (field '${pathOf(parent, key, refs)}'): pass ${instead(value)}`);
      numbers.set(value, found.length);
      return found.push({ source, isArray: Array.isArray(value), parent, key, fields: new Map() }) - 1;
    };
    encode(value, undefined, key);
    for (const table of found) {
      for (const [key, value] of table.source) {
        if (value === undefined || value === null) continue;
        const wire = encodeKey(key, refs);
        const fault = wire === undefined ? `cannot use ${describe(key)} as a key` : "the key is there twice";
        if (wire === undefined || table.fields.has(wire)) {
          throw new Error(`${fault} (field '${pathOf(table, key, refs)}')`);
        }
        table.fields.set(wire, encode(value, table, key));
      }
    }
    return found.map(({ fields }) => fields);
  }

  /** @returns {Iterable<[unknown, unknown]> | undefined} undefined for what is not plain: a class instance is none */
  function fieldsOf(value) {
    if (typeof value !== "object" || value === null) return undefined;
    const kind = kindOf(value);
    let depth = 0;
    for (let at = value; (at = Object.getPrototypeOf(at)); ) depth++;
    if (kind === "Array" && depth === 2) return arrayFields(value);
    if (kind === "Map" && depth === 2) return value;
    return kind === "Object" && depth < 2 ? objectFields(value) : undefined;
  }

  /** By the elements that are there: a long array can have few. */
  function* arrayFields(array) {
    for (const name of Object.keys(array)) {
      const index = Number(name);
      if (String(index >>> 0) === name) yield [index + 1, array[name]];
    }
  }

  function* objectFields(object) {
    for (const key of Reflect.ownKeys(object)) {
      if (Object.prototype.propertyIsEnumerable.call(object, key)) yield [key, object[key]];
    }
  }

  /** The way to a field as JavaScript writes it, arrays from 0 on: `cfg.handlers[1]`. A long one loses its beginning. */
  function pathOf(table, key, refs) {
    let path = stepOf(table, key, refs);
    let shown = 0;
    for (; table && shown < SHOWN; shown++) {
      path = stepOf(table.parent, table.key, refs) + path;
      table = table.parent;
    }
    return table ? `...${path}` : path.replace(/^\./, "");
  }

  function stepOf(table, key, refs) {
    if (table?.isArray) return `[${key - 1}]`;
    if (typeof key !== "string") return showKey(key, refs);
    return /^[A-Za-z_]\w{0,59}$/.test(key) ? `.${key}` : `[${showKey(key, refs)}]`;
  }

  parts.codec = { encodeKey, decodeKey, encodeValue, decodeValue, encodeTable: table, encodeGraph, Fault, showKey, describe };
  if (typeof module === "object" && module.exports) module.exports = parts.codec;
})();
