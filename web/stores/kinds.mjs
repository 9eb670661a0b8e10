// The stores by their names. The modules of kinds that are not used are not loaded.
import { CheckedStore } from "./checked-store.mjs";

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
 */
export async function storeOf({ store = "memory", name = "default", lock = true }, memory) {
  if (typeof name !== "string") throw new TypeError("the name of a store is a string");
  if (typeof store === "object" && store !== null) return new CheckedStore(store);
  if (!NAMES.includes(store)) return null;
  return new CheckedStore(store === "memory" ? memory() : await KINDS[store]({ name, lock }));
}
