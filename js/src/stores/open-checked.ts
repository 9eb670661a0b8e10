// Opens a store that is known already, checks all of it, and fills external tables from it.
import type { ExternalTables } from "../core/external-tables.ts";
import type { Signal } from "../core/platform.ts";
import type { CheckedStore } from "./checked-store.ts";
import { Persistence } from "./persistence.ts";
import { type ProgramOptions, type ProgramRecords, openProgram } from "./program-records.ts";
import { type Found, readRecords } from "./read-records.ts";
import type { StoredValue } from "./records.ts";
import { damaged, failed } from "./refusals.ts";
import { StoreError } from "./store-error.ts";
import type { StoreLock, WhenBusy } from "./store.ts";
import { UnitOfWork } from "./unit-of-work.ts";

export interface CheckedOptions extends ProgramOptions {
  whenBusy?: WhenBusy;
  signal?: Signal;
  /** Whether a unit that fails leaves no changes; default false. */
  rollbackOnError?: boolean;
  /** Reads a snapshot that an earlier page saved in localStorage. */
  readSnapshot?: (snapshot: object) => ExternalTables;
}

interface Opened {
  tables: ExternalTables;
  store: CheckedStore;
  lock: StoreLock;
  found: Found | null;
  earlier: ExternalTables | null;
  program: ProgramRecords;
}

/**
 * @param tables empty; afterwards they have what the store has, and a journal
 * @throws {StoreError} then the store is as it was, the lock is released, and the tables are of no use
 */
export async function openChecked(
  store: CheckedStore,
  options: CheckedOptions,
  tables: ExternalTables,
): Promise<Persistence> {
  const { whenBusy = "wait", signal, readSnapshot, rollbackOnError } = options;
  const lock = await store.lock(whenBusy, signal);
  try {
    const found = await readRecords(await store.load(), store.label, tables.limit);
    const earlier = found ? null : earlierTables(store, readSnapshot);
    const program = await openProgram(found, options, store.label);
    return start({ tables, store, lock, found, earlier, program }, rollbackOnError === true);
  } catch (cause) {
    // The first error counts.
    await store.close(lock).catch(() => {});
    throw cause;
  }
}

function start({ tables, store, lock, found, earlier, program }: Opened, rollbackOnError: boolean) {
  fill(tables, found?.entries ?? [], store.label);
  const work = new UnitOfWork(tables, { rollbackOnError, isVolatile: store.isVolatile });
  // An earlier page's contents are new to the store; a reader takes them as they are.
  if (!lock.readOnly) tables.journal = work.note;
  for (const [id, keys] of earlier?.entries() ?? []) for (const [key, value] of keys) tables.set(id, key, value);
  tables.journal = store.isVolatile && !rollbackOnError ? null : work.note;
  return new Persistence({ tables, store, lock, work, total: found?.totals.tables ?? null, program });
}

/** @throws {StoreError} they are more than the tables may have */
function fill(tables: ExternalTables, entries: StoredValue[], label: string) {
  try {
    for (const { id, key, value } of entries) tables.set(id, key, value);
  } catch (cause) {
    throw failed(label, "was not opened", cause);
  }
}

/** @returns the tables that a new store begins with */
function earlierTables(
  store: CheckedStore,
  readSnapshot: ((snapshot: object) => ExternalTables) | undefined,
): ExternalTables | null {
  const json = store.earlierSnapshot();
  if (json === null) return null;
  if (!readSnapshot) {
    throw new StoreError(
      "failed",
      store.label,
      "begins with a snapshot of an earlier page, and readSnapshot is missing",
    );
  }
  try {
    return readSnapshot(JSON.parse(json));
  } catch (cause) {
    const what = `it is new, and the snapshot of an earlier page that it begins with cannot be read: ${cause.message}`;
    throw damaged(store.label, what, cause);
  }
}
