// Stores that last as long as the program: the default one, which keeps nothing beside the tables themselves, and one
// with records in a Map, which several openings can share.
import { applyChanges, isSame } from "./changes.mjs";
import { changedElsewhere } from "./store-error.mjs";

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
  const label = "memory store";
  return {
    label,
    load: () => records,
    commit(changes, known) {
      const header = records.get("header");
      if (known?.every((bytes) => !isSame(bytes, header))) throw changedElsewhere(label);
      applyChanges(records, changes);
    },
    clear: () => records.clear(),
  };
}
