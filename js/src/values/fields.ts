// Reads the fields of external tables: bytes become values. Bytes that cannot be read are an error that names the field.
import type { ExternalTables } from "../core/external-tables.ts";
import { Fault, type Refs, decodeKey, decodeValue, showKey } from "./codec.ts";

/** The method that Node's console calls on an object to show it. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** The fields that a table has when it begins, without those deleted on the way. */
export function* fieldsOf(
  tables: ExternalTables,
  id: number,
  refs: Refs,
): Generator<[unknown, unknown], void, undefined> {
  for (const wire of [...tables.keys(id)]) {
    const key = readKey(id, wire, refs);
    const value = readValue(tables, id, wire, key, refs);
    if (value !== undefined) yield [key, value];
  }
}

function readKey(id: number, wire: string, refs: Refs): unknown {
  try {
    return decodeKey(wire, refs);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    throw new Error(`external table ${id}: malformed key`, { cause });
  }
}

/** @param key as messages show it @returns undefined for a key that is not there */
export function readValue(tables: ExternalTables, id: number, wire: string, key: unknown, refs: Refs): unknown {
  const bytes = tables.get(id, wire);
  if (!bytes) return undefined;
  try {
    return decodeValue(bytes, refs);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const shown = showKey(key, refs);
    const fault = cause.isFunction
      ? `the value for key ${shown} is a function of an older build, which cannot be read`
      : `malformed value for key ${shown}`;
    throw new Error(`external table ${id}: ${fault}`, { cause });
  }
}
