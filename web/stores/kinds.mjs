// The stores by their names. The modules of kinds that are not used are not loaded.
import { CheckedStore } from "./checked-store.mjs";
import { StoreError } from "./store-error.mjs";

const KINDS = {
  localStorage: async (options) => (await import("./local-storage-store.mjs")).localStorageStore(options),
  indexedDB: async (options) => (await import("./indexed-db-store.mjs")).indexedDbStore(options),
};

/** What the option `store` can be, beside an object. */
export const NAMES = ["memory", ...Object.keys(KINDS)];

/**
 * @param {StoreOptions} options
 * @param {() => Store} memory makes the store for "memory"
 * @returns {Promise<CheckedStore | null>} null for a name that is none of NAMES
 * @throws {TypeError} naming what a store object lacks
 * @throws {StoreError} there is no such storage here, as in Node
 */
export async function storeOf({ store = "memory", name = "default", lock = true }, memory) {
  if (typeof name !== "string") throw new TypeError("the name of a store is a string");
  if (typeof store === "object" && store !== null) return new CheckedStore(store);
  if (!NAMES.includes(store)) return null;
  if (store === "memory") return new CheckedStore(memory());
  if (isMissing(store)) throw noStorage(store === "indexedDB" ? "IndexedDB" : store, name);
  return new CheckedStore(await KINDS[store]({ name, lock }));
}

function isMissing(global) {
  try {
    return !globalThis[global];
  } catch {
    // It is there, and says itself why it cannot be used.
    return false;
  }
}

function noStorage(kind, name) {
  const wayOn = `use "memory", or an object with load, commit and clear: examples/sqlite-store.mjs is one for Node`;
  return new StoreError("failed", `${kind} store '${name}'`, `cannot be used here: there is no ${kind}; ${wayOn}`);
}
