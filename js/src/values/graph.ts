// Graphs of plain objects, arrays and Maps as the fields of external tables. It knows keys and values, and gives tables
// numbers; which ids they get is not known here.
import { type Refs, encodeKey, encodeValue, kindOf, showKey } from "./codec.ts";
import { describe, instead } from "./describe.ts";

/** Steps shown of a long path. */
const SHOWN = 10;

/** The fields of a table; a number is the place of another one. */
export type Fields = Map<string, Uint8Array | number>;

interface Found {
  source: Iterable<[unknown, unknown]>;
  isArray: boolean;
  parent: Found | undefined;
  key: unknown;
  fields: Fields;
}

/**
 * Checks a graph of plain objects, arrays and Maps and encodes it, without recursion. Fields that are `undefined` or
 * `null` are absent, as nil is in Lua.
 * @param key under which it is to be stored, for messages
 * @returns the fields of each table
 * @throws {Error} naming the field that cannot be stored
 */
export function encodeGraph(value: unknown, key: unknown, refs: Refs): Fields[] {
  const numbers = new Map<unknown, number>();
  const found: Found[] = [];
  const encode = (value: unknown, parent: Found | undefined, key: unknown) => {
    const encoded = encodeValue(value, refs) ?? numbers.get(value);
    if (encoded !== undefined) return encoded;
    const source = fieldsOf(value);
    if (!source)
      throw new Error(`cannot store ${describe(value)} (field '${pathOf(parent, key, refs)}'): pass ${instead(value)}`);
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

/** @returns undefined for a value that is not plain, such as a class instance */
export function fieldsOf(value: unknown): Iterable<[unknown, unknown]> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const kind = kindOf(value);
  let depth = 0;
  for (let at: object = value; (at = Object.getPrototypeOf(at));) depth++;
  if (kind === "Array" && depth === 2) return arrayFields(value as unknown[]);
  if (kind === "Map" && depth === 2) return value as Map<unknown, unknown>;
  return kind === "Object" && depth < 2 ? objectFields(value) : undefined;
}

/** Visits only the elements that are there: a long array can have few. */
function* arrayFields(array: unknown[]): Generator<[number, unknown]> {
  for (const name of Object.keys(array)) {
    const index = Number(name);
    if (String(index >>> 0) === name) yield [index + 1, array[index]];
  }
}

function* objectFields(object: object): Generator<[PropertyKey, unknown]> {
  for (const key of Reflect.ownKeys(object)) {
    if (Object.prototype.propertyIsEnumerable.call(object, key))
      yield [key, (object as Record<PropertyKey, unknown>)[key]];
  }
}

/** The way to a field as JavaScript writes it, arrays from 0 on: `cfg.handlers[1]`. A long one loses its beginning. */
function pathOf(table: Found | undefined, key: unknown, refs: Refs): string {
  let path = stepOf(table, key, refs);
  let shown = 0;
  for (; table && shown < SHOWN; shown++) {
    path = stepOf(table.parent, table.key, refs) + path;
    table = table.parent;
  }
  return table ? `...${path}` : path.replace(/^\./, "");
}

function stepOf(table: Found | undefined, key: unknown, refs: Refs): string {
  return showStep(table?.isArray ?? false, key, refs);
}

/** One step of a path, in an array or in anything else. */
export function showStep(isArray: boolean, key: unknown, refs: Pick<Refs, "idOf">): string {
  if (isArray) return `[${(key as number) - 1}]`;
  if (typeof key !== "string") return showKey(key, refs);
  return /^[A-Za-z_]\w{0,59}$/.test(key) ? `.${key}` : `[${showKey(key, refs)}]`;
}
