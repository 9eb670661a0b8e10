// What a worker answers with, on the page's side: messages of lua.wasm become values. An external table is the number of one
// there, because its view does not leave the worker. It knows nothing of workers.
import { decodeError, decodeResults } from "./lua-results.mjs";

/** Stands for an external table. The same one for the same table in one answer. */
export class LuaTableId {
  /** @param {number} id as `ext.id` gives it */
  constructor(id) {
    this.id = id;
  }

  /** @throws {TypeError} rather than that JSON.stringify leaves the contents out silently */
  toJSON() {
    throw new TypeError(`external table ${this.id}: its contents are in the worker, return ext.copy(t) from Lua`);
  }
}

/** One for each answer: a view for all of them would keep their tables. */
function tableIds() {
  const known = new Map();
  return (id) => {
    if (!known.has(id)) known.set(id, new LuaTableId(id));
    return known.get(id);
  };
}

/**
 * @param {{output: string, values: Uint8Array, exit?: number | bigint}} answer of `run` in the worker, with the message `results`
 * @returns {{output: string, values: unknown[], exit?: number | bigint}}
 */
export const typedResult = (answer) => ({ ...answer, values: decodeResults(answer.values, tableIds()) });

/** @param {Uint8Array} message `error` of lua.wasm @returns {unknown} what was raised */
export const raisedValue = (message) => decodeError(message, tableIds()).value;
