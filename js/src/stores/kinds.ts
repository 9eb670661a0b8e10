// The stores by their names.
import { CheckedStore } from "./checked-store.ts";
import { indexedDbStore } from "./indexed-db-store.ts";
import { localStorageStore } from "./local-storage-store.ts";
import { StoreError } from "./store-error.ts";
import type { OwnStore, StoreOptions } from "./store.ts";

const KINDS = { localStorage: localStorageStore, indexedDB: indexedDbStore };

type Kind = keyof typeof KINDS;

/** The names that the option `store` can be. */
export const NAMES: string[] = ["memory", ...Object.keys(KINDS)];

/**
 * @param memory makes the store for "memory"
 * @returns null for a name that is none of NAMES
 * @throws {TypeError} naming the method that a store object lacks
 * @throws {StoreError} there is no such storage here, as in Node
 */
export function storeOf(
  { store = "memory", name = "default", lock = true }: StoreOptions,
  memory: () => OwnStore,
): CheckedStore | null {
  if (typeof name !== "string") throw new TypeError("the name of a store is a string");
  if (typeof store === "object" && store !== null) return new CheckedStore(store);
  if (!NAMES.includes(store)) return null;
  if (store === "memory") return new CheckedStore(memory());
  if (isMissing(store)) throw noStorage(store === "indexedDB" ? "IndexedDB" : store, name);
  return new CheckedStore(KINDS[store]({ name, lock }));
}

function isMissing(global: Kind): boolean {
  try {
    return !globalThis[global];
  } catch {
    // It exists, and will say itself why it cannot be used.
    return false;
  }
}

function noStorage(kind: string, name: string): StoreError {
  const wayOn = `use "memory", or an object with load, commit and clear: lua-persistent/node has folderStore and sqliteStore`;
  return new StoreError("failed", `${kind} store '${name}'`, `cannot be used here: there is no ${kind}; ${wayOn}`);
}
