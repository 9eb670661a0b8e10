// Tables as plain JavaScript data: which of array, object and Map a table becomes, copies of whole graphs of tables, and
// what JSON and Node's console show of them. It knows keys and values, and nothing of how they are stored.
// A part of LuaPersistent: include it after lua-tables.js.
(() => {
  "use strict";

  const { parts } = globalThis.LuaPersistent;
  const { fieldsOf, INSPECT } = parts;

  const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

  /**
   * With the keys 1 to n an array, empty too; with strings as keys an object; otherwise a Map.
   * @param {unknown[]} list keys and values by turns
   * @returns {unknown[] | object | Map<unknown, unknown>} to `put` them into
   */
  function emptyFor(list) {
    const count = list.length / 2;
    let isArray = true;
    let isObject = true;
    for (let at = 0; at < list.length; at += 2) {
      const key = list[at];
      isArray &&= Number.isInteger(key) && key >= 1 && key <= count;
      isObject &&= typeof key === "string";
    }
    if (isArray) return new Array(count);
    // Not to be seen, so that the Map is like any other, for deepEqual too.
    return isObject ? {} : Object.defineProperty(new Map(), "toJSON", { value: mapToJson, writable: true, configurable: true });
  }

  /** @returns {boolean} false when the key is there already */
  function put(table, key, value) {
    if (table instanceof Map) return table.size < table.set(key, value).size;
    return Array.isArray(table) ? putElement(table, key - 1, value) : putProperty(table, key, value);
  }

  function putElement(array, index, value) {
    if (hasOwn(array, index)) return false;
    array[index] = value;
    return true;
  }

  /** Defines it where assigning could call a setter, or be refused: `__proto__`, and names of frozen prototypes. */
  function putProperty(object, name, value) {
    if (!(name in object)) object[name] = value;
    else if (hasOwn(object, name)) return false;
    else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    return true;
  }

  function eachPair(list, call) {
    for (let at = 0; at < list.length; at += 2) call(list[at], list[at + 1]);
  }

  /**
   * Copies a graph, without recursion. The same table is the same copy, so cycles are kept.
   * @param {object} root
   * @param {(value: unknown) => unknown[] | undefined} fieldsOf keys and values by turns; undefined for what is no table
   * @param {(list: unknown[], source: object) => object} empty makes the copy
   * @param {(copy: object, key: unknown, value: unknown, source: object) => void} put
   */
  function copyGraph(root, { fieldsOf, empty, put }) {
    const copies = new Map();
    const open = [];
    const copyOf = (value) => {
      if (typeof value !== "object" || value === null) return value;
      if (copies.has(value)) return copies.get(value);
      const list = fieldsOf(value);
      if (!list) return value;
      const copy = empty(list, value);
      copies.set(value, copy);
      open.push({ list, copy, value });
      return copy;
    };
    const copied = copyOf(root);
    while (open.length > 0) {
      const { list, copy, value } = open.pop();
      eachPair(list, (key, field) => put(copy, copyOf(key), copyOf(field), value));
    }
    return copied;
  }

  /** Stands for an external table while it is copied: views of them all would cost more than the copy. */
  class Reference {
    constructor(id) {
      this.id = id;
    }

    [INSPECT]() {
      return "[LuaTable]";
    }
  }

  /** @returns {{root: Reference, fields: (value: unknown) => unknown[] | undefined}} fields: of what is a reference */
  function referencesOf(tables, id) {
    const known = new Map();
    const view = (id) => {
      if (!known.has(id)) known.set(id, new Reference(id));
      return known.get(id);
    };
    const refs = { view, idOf: (value) => (value instanceof Reference ? value.id : undefined) };
    const fields = (value) => (value instanceof Reference ? [...fieldsOf(tables, value.id, refs)].flat() : undefined);
    return { root: view(id), fields };
  }

  /** A plain copy of an external table and all that is in it. */
  function toObject(tables, id) {
    const { root, fields } = referencesOf(tables, id);
    return copyGraph(root, { fieldsOf: fields, empty: emptyFor, put });
  }

  const isPlain = (value) => Object.getPrototypeOf(value) === Object.prototype;

  /** Of what a run gives back. An external table has its own toJSON. */
  function plainFields(value) {
    if (value instanceof Map) return [...value].flat();
    if (Array.isArray(value)) return value.flatMap((element, index) => [index + 1, element]);
    return isPlain(value) ? Object.entries(value).flat() : undefined;
  }

  /** An array also with gaps, when half of it is there: JSON has null for them. Otherwise an object. */
  function emptyJson(list, source) {
    if (isPlain(source)) return {};
    let length = 0;
    for (let at = 0; at < list.length; at += 2) {
      const key = list[at];
      if (!Number.isInteger(key) || key < 1 || key > list.length) return {};
      length = Math.max(length, key);
    }
    return new Array(length);
  }

  function putJson(copy, key, value, source) {
    if (typeof key === "object") throw noJson(source, `one of its keys is ${key instanceof Uint8Array ? "not text" : "a table"}`);
    const isNew = Array.isArray(copy) ? putElement(copy, key - 1, value) : putProperty(copy, String(key), value);
    if (!isNew) throw noJson(source, `its keys ${String(key)} and '${String(key)}' are one there`);
  }

  function noJson(source, why) {
    const what = source instanceof Reference ? `external table ${source.id}` : "this Map";
    return new TypeError(`JSON cannot show ${what}, for ${why}: make an array of its entries, [...table]`);
  }

  const AS_JSON = { empty: emptyJson, put: putJson };

  /** What JSON.stringify shows of an external table: arrays and objects all the way. Cycles are its error. */
  function toJson(tables, id) {
    const { root, fields } = referencesOf(tables, id);
    return copyGraph(root, { fieldsOf: fields, ...AS_JSON });
  }

  /** The method toJSON of a Map that a table became. */
  function mapToJson() {
    return copyGraph(this, { fieldsOf: plainFields, ...AS_JSON });
  }

  /** What Node shows of a view: like a Map of that name. */
  class Shown extends Map {}
  Object.defineProperty(Shown, "name", { value: "LuaTable" });

  /** @param {number} depth how many levels are shown; references stand for deeper ones */
  function show(tables, id, depth) {
    const { root, fields } = referencesOf(tables, id);
    const shown = new Map([[root, new Shown()]]);
    let level = [root];
    for (let left = depth; level.length > 0; left--) {
      const next = [];
      const see = (value) => {
        if (left > 0 && value instanceof Reference && !shown.has(value)) {
          shown.set(value, new Shown());
          next.push(value);
        }
        return shown.get(value) ?? value;
      };
      for (const table of level) eachPair(fields(table), (key, value) => shown.get(table).set(see(key), see(value)));
      level = next;
    }
    return shown.get(root);
  }

  parts.plain = { emptyFor, put, toObject, toJson, show };
  if (typeof module === "object" && module.exports) module.exports = parts.plain;
})();
