// Stores that last as long as the program: the default one, which keeps nothing beside the tables themselves, and one
// with records in a Map, which several openings can share.

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
    commit(changes) {
      for (const { name, bytes } of changes) {
        if (bytes) records.set(name, bytes);
        else records.delete(name);
      }
    },
    clear: () => records.clear(),
  };
}
