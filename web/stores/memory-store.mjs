// Stores that last as long as the program: the default one, which keeps nothing beside the tables themselves, and one
// with records in a Map, which several openings can share.
import { applyChanges } from "./changes.mjs";

/** The store of `store: "memory"`. @returns {Store} */
export function noStore() {
  return { label: "memory", isVolatile: true, load: () => [], commit() {}, clear() {} };
}

/**
 * Keeps records in a Map: for tests, and as the least that a store can be.
 * @param {Map<string, Uint8Array>} [records] is changed by every commit
 * @returns {Store}
 */
export function memoryStore(records = new Map()) {
  return {
    label: "memory store",
    load: () => records,
    commit: (changes) => applyChanges(records, changes),
    clear: () => records.clear(),
  };
}
