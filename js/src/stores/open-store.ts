// Opens a store of any kind by its options, and empties one.
import type { ExternalTables } from "../core/external-tables.ts";
import type { CheckedStore } from "./checked-store.ts";
import { NAMES, storeOf } from "./kinds.ts";
import { noStore } from "./memory-store.ts";
import { type CheckedOptions, openChecked } from "./open-checked.ts";
import type { Persistence } from "./persistence.ts";
import { busy } from "./refusals.ts";
import type { OwnStore, StoreOptions } from "./store.ts";

const WHEN_BUSY = ["wait", "readOnly", "refuse"];

/**
 * @param tables empty; afterwards they have what the store has, and a journal
 * @throws {StoreError} then the store is as it was, the lock is released, and the tables are of no use
 * @throws {TypeError} options that make no sense
 */
export async function openStore(options: StoreOptions & CheckedOptions, tables: ExternalTables): Promise<Persistence> {
  return openChecked(storeIn(options), options, tables);
}

/**
 * Empties a store without reading it: the way on from one that is damaged or of a newer version.
 * @throws {StoreError} "busy" while someone else has it
 */
export async function eraseStore(options: StoreOptions): Promise<void> {
  const store = storeIn(options);
  const { whenBusy = "wait", signal } = options;
  const lock = await store.lock(whenBusy, signal);
  try {
    if (lock.readOnly) throw busy(store.label);
    await store.clear();
  } finally {
    await store.close(lock);
  }
}

/** @param memory makes the store for "memory" @throws {TypeError} options that make no sense */
export function storeIn(options: StoreOptions = {}, memory: () => OwnStore = noStore): CheckedStore {
  const { whenBusy = "wait" } = options;
  if (!WHEN_BUSY.includes(whenBusy)) {
    throw new TypeError(`whenBusy is ${JSON.stringify(whenBusy)}, and can be ${listed(WHEN_BUSY)}`);
  }
  const store = storeOf(options, memory);
  if (store) return store;
  const possible = `${listed(NAMES)} or an object with load, commit and clear`;
  throw new TypeError(`store is ${JSON.stringify(options.store)}, and can be ${possible}`);
}

/** @returns quoted */
const listed = (names: string[]): string => names.map(name => JSON.stringify(name)).join(", ");
