// Opens a store of any kind, checks all of it, and fills external tables from it. The entry to this folder.
import { NAMES, storeOf } from "./kinds.mjs";
import { noStore } from "./memory-store.mjs";
import { Persistence } from "./persistence.mjs";
import { readRecords } from "./records.mjs";
import { StoreError, busy, damaged, failed } from "./store-error.mjs";
import { UnitOfWork } from "./unit-of-work.mjs";

export { StoreError };

/**
 * @typedef {object} StoreOptions
 * @property {"memory" | "localStorage" | "indexedDB" | Store} [store] default "memory"
 * @property {string} [name] of the store, for localStorage and IndexedDB; default "default"
 * @property {WhenBusy} [whenBusy] what to do while another tab has it; default "wait"
 * @property {boolean} [rollbackOnError] whether a unit that fails leaves no changes; default false
 * @property {boolean} [lock] false: the caller promises that no other tab uses the store
 * @property {AbortSignal} [signal] ends waiting for another tab
 * @property {(snapshot: object) => ExternalTables} [readSnapshot] for what an earlier page saved in localStorage
 */

const WHEN_BUSY = ["wait", "readOnly", "refuse"];

/**
 * @param {StoreOptions} options
 * @param {ExternalTables} tables empty; afterwards they have what the store has, and a journal
 * @returns {Promise<Persistence>}
 * @throws {StoreError} then the store is as it was, the lock is released, and the tables are of no use
 * @throws {TypeError} options that make no sense
 */
export async function openStore(options, tables) {
  const { store, whenBusy, signal } = await readOptions(options);
  const lock = await store.lock(whenBusy, signal);
  try {
    const found = await readRecords(await store.load(), store.label, tables.limit);
    const earlier = found ? null : earlierTables(store, options.readSnapshot);
    return start({ tables, store, lock, found, earlier }, options.rollbackOnError === true);
  } catch (cause) {
    // What went wrong first is what counts.
    await store.close(lock).catch(() => {});
    throw cause;
  }
}

function start({ tables, store, lock, found, earlier }, rollbackOnError) {
  fill(tables, found?.entries ?? [], store.label);
  const work = new UnitOfWork(tables, { rollbackOnError, isVolatile: store.isVolatile });
  // An earlier page's contents are new to the store; a reader takes them as they are.
  if (!lock.readOnly) tables.journal = work.note;
  for (const [id, keys] of earlier?.entries() ?? []) for (const [key, value] of keys) tables.set(id, key, value);
  tables.journal = store.isVolatile && !rollbackOnError ? null : work.note;
  return new Persistence({ tables, store, lock, work, total: found?.total ?? null });
}

/** @throws {StoreError} they are more than the tables may have */
function fill(tables, entries, label) {
  try {
    for (const { id, key, value } of entries) tables.set(id, key, value);
  } catch (cause) {
    throw failed(label, "was not opened", cause);
  }
}

/** @returns {ExternalTables | null} what a new store begins with */
function earlierTables(store, readSnapshot) {
  const json = store.earlierSnapshot();
  if (json === null) return null;
  if (!readSnapshot) {
    throw new StoreError("failed", store.label, "begins with a snapshot of an earlier page, and readSnapshot is missing");
  }
  try {
    return readSnapshot(JSON.parse(json));
  } catch (cause) {
    const what = `it is new, and the snapshot of an earlier page that it begins with cannot be read: ${cause.message}`;
    throw damaged(store.label, what, cause);
  }
}

/**
 * Empties a store without reading it: the way on from one that is damaged or of a newer version.
 * @param {StoreOptions} options
 * @returns {Promise<void>}
 * @throws {StoreError} "busy" while someone else has it
 */
export async function eraseStore(options) {
  const { store, whenBusy, signal } = await readOptions(options);
  const lock = await store.lock(whenBusy, signal);
  try {
    if (lock.readOnly) throw busy(store.label);
    await store.clear();
  } finally {
    await store.close(lock);
  }
}

/** @returns {Promise<{store: CheckedStore, whenBusy: WhenBusy, signal?: AbortSignal}>} */
async function readOptions(options = {}) {
  const { whenBusy = "wait", signal } = options;
  if (!WHEN_BUSY.includes(whenBusy)) {
    throw new TypeError(`whenBusy is ${JSON.stringify(whenBusy)}, and can be ${listed(WHEN_BUSY)}`);
  }
  const store = await storeOf(options, noStore);
  if (store) return { store, whenBusy, signal };
  const possible = `${listed(NAMES)} or an object with load, commit and clear`;
  throw new TypeError(`store is ${JSON.stringify(options.store)}, and can be ${possible}`);
}

/** @param {string[]} names @returns {string} quoted */
const listed = (names) => names.map((name) => JSON.stringify(name)).join(", ");
