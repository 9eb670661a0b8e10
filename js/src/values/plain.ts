// Tables as plain JavaScript data: which of array, object and Map a table becomes, copies of whole graphs of tables, and
// the forms that JSON and Node's console show. It knows keys and values, and nothing about how they are stored.
import type { ExternalTables } from "../core/external-tables.ts";
import { INSPECT, fieldsOf } from "./fields.ts";

/** The plain form of a table. */
export type Plain = unknown[] | Record<string, unknown> | Map<unknown, unknown>;

/** Keys and values by turns. */
type Pairs = unknown[];

interface Copying<Copy> {
  /** undefined for a value that is not a table. */
  fieldsOf(value: object): Pairs | undefined;
  /** Makes the copy. */
  empty(list: Pairs, source: object): Copy;
  put(copy: Copy, key: unknown, value: unknown, source: object): unknown;
}

const hasOwn = (object: object, key: PropertyKey): boolean => Object.prototype.hasOwnProperty.call(object, key);

/**
 * With the keys 1 to n an array, empty too; with strings as keys an object; otherwise a Map.
 * @returns to `put` them into
 */
export function emptyFor(list: Pairs): Plain {
  const count = list.length / 2;
  let isArray = true;
  let isObject = true;
  for (let at = 0; at < list.length; at += 2) {
    const key = list[at];
    isArray &&= isIndex(key, count);
    isObject &&= typeof key === "string";
  }
  if (isArray) return new Array(count);
  // Not enumerable, so that the Map is like any other, for deepEqual too.
  return isObject
    ? {}
    : Object.defineProperty(new Map(), "toJSON", { value: mapToJson, writable: true, configurable: true });
}

const isIndex = (key: unknown, last: number): key is number =>
  typeof key === "number" && Number.isInteger(key) && key >= 1 && key <= last;

/** @returns false when the key is there already */
export function put(table: Plain, key: unknown, value: unknown): boolean {
  if (table instanceof Map) return table.size < table.set(key, value).size;
  return Array.isArray(table)
    ? putElement(table, (key as number) - 1, value)
    : putProperty(table, key as string, value);
}

function putElement(array: unknown[], index: number, value: unknown): boolean {
  if (hasOwn(array, index)) return false;
  array[index] = value;
  return true;
}

/** Defines it where assigning could call a setter, or be refused: `__proto__`, and names of frozen prototypes. */
function putProperty(object: Record<string, unknown>, name: string, value: unknown): boolean {
  if (!(name in object)) object[name] = value;
  else if (hasOwn(object, name)) return false;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return true;
}

function eachPair(list: Pairs, call: (key: unknown, value: unknown) => void): void {
  for (let at = 0; at < list.length; at += 2) call(list[at], list[at + 1]);
}

/** Copies a graph, without recursion. The same table is the same copy, so cycles are kept. */
function copyGraph<Copy>(root: object, { fieldsOf, empty, put }: Copying<Copy>): Copy {
  const copies = new Map<object, Copy>();
  const open: { list: Pairs; copy: Copy; value: object }[] = [];
  const copyOf = (value: unknown): unknown => {
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
    const { list, copy, value } = open.pop()!;
    eachPair(list, (key, field) => put(copy, copyOf(key), copyOf(field), value));
  }
  return copied as Copy;
}

/** Stands for an external table while its graph is copied: views of all tables would cost more than the copy. */
class Reference {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }

  [INSPECT](): string {
    return "[LuaTable]";
  }
}

/** A reference to the table, and a function that gives the fields of any reference. */
function referencesOf(
  tables: ExternalTables,
  id: number,
): { root: Reference; fields: (value: unknown) => Pairs | undefined } {
  const known = new Map<number, Reference>();
  const view = (id: number) => {
    if (!known.has(id)) known.set(id, new Reference(id));
    return known.get(id)!;
  };
  const refs = { view, idOf: (value: unknown) => (value instanceof Reference ? value.id : undefined) };
  const fields = (value: unknown) =>
    value instanceof Reference ? [...fieldsOf(tables, value.id, refs)].flat() : undefined;
  return { root: view(id), fields };
}

/** A plain copy of an external table and all that is in it. */
export function toObject(tables: ExternalTables, id: number): unknown {
  const { root, fields } = referencesOf(tables, id);
  return copyGraph(root, { fieldsOf: fields, empty: emptyFor, put });
}

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

/** JSON of values that a run gave. An external table has its own toJSON. */
function plainFields(value: object): Pairs | undefined {
  if (value instanceof Map) return [...value].flat();
  if (Array.isArray(value)) return value.flatMap((element, index) => [index + 1, element]);
  return isPlain(value) ? Object.entries(value).flat() : undefined;
}

/** An array even with gaps, if at least half of it is there: JSON has null for them. Otherwise an object. */
function emptyJson(list: Pairs, source: object): Plain {
  if (isPlain(source)) return {};
  let length = 0;
  for (let at = 0; at < list.length; at += 2) {
    const key = list[at];
    if (!isIndex(key, list.length)) return {};
    length = Math.max(length, key);
  }
  return new Array(length);
}

function putJson(copy: Plain, key: unknown, value: unknown, source: object): void {
  if (typeof key === "object")
    throw noJson(source, `one of its keys is ${key instanceof Uint8Array ? "not text" : "a table"}`);
  const isNew = Array.isArray(copy)
    ? putElement(copy, (key as number) - 1, value)
    : putProperty(copy as Record<string, unknown>, String(key), value);
  if (!isNew) throw noJson(source, `its keys ${String(key)} and '${String(key)}' are one there`);
}

function noJson(source: object, why: string): TypeError {
  const what = source instanceof Reference ? `external table ${source.id}` : "this Map";
  return new TypeError(`JSON cannot show ${what}, for ${why}: make an array of its entries, [...table]`);
}

const AS_JSON = { empty: emptyJson, put: putJson };

/** The JSON form of an external table: arrays and objects all the way. JSON.stringify refuses cycles. */
export function toJson(tables: ExternalTables, id: number): unknown {
  const { root, fields } = referencesOf(tables, id);
  return copyGraph(root, { fieldsOf: fields, ...AS_JSON });
}

/** The method toJSON of a Map that a table became. */
function mapToJson(this: object): unknown {
  return copyGraph(this, { fieldsOf: plainFields, ...AS_JSON });
}

/** The form that Node's console shows of a view: like a Map of that name. */
class Shown extends Map<unknown, unknown> {}
Object.defineProperty(Shown, "name", { value: "LuaTable" });

/** @param depth how many levels are shown; references stand for deeper ones */
export function show(tables: ExternalTables, id: number, depth: number): unknown {
  const { root, fields } = referencesOf(tables, id);
  const shown = new Map<unknown, Shown>([[root, new Shown()]]);
  let level = [root];
  for (let left = depth; level.length > 0; left--) {
    const next: Reference[] = [];
    const see = (value: unknown) => {
      if (left > 0 && value instanceof Reference && !shown.has(value)) {
        shown.set(value, new Shown());
        next.push(value);
      }
      return shown.get(value) ?? value;
    };
    for (const table of level) eachPair(fields(table)!, (key, value) => shown.get(table)!.set(see(key), see(value)));
    level = next;
  }
  return shown.get(root);
}
