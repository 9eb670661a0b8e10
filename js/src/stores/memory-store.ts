// Stores that last as long as the program: the default one, which keeps nothing beside the tables themselves, and one
// with records in a Map, which several openings can share.
import { applyChanges, isSame } from "./changes.ts";
import { changedElsewhere } from "./refusals.ts";
import type { RecordChange, OwnStore } from "./store.ts";

/** The store of `store: "memory"`. */
export function noStore(): OwnStore {
  return { label: "memory", isVolatile: true, load: () => [], commit() {}, clear() {} };
}

/**
 * Keeps records in a Map: for tests, and as an example of the smallest store.
 * @param records is changed by every commit
 */
export function memoryStore(records: Map<string, Uint8Array> = new Map()): OwnStore {
  const label = "memory store";
  return {
    label,
    load: () => records,
    commit(changes: RecordChange[], known?: (Uint8Array | undefined)[]) {
      const header = records.get("header");
      if (known?.every(bytes => !isSame(bytes, header))) throw changedElsewhere(label);
      applyChanges(records, changes);
    },
    clear: () => records.clear(),
  };
}
