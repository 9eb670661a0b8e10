// The wording of errors of stores. A message names the store, says what happened to its contents, and what to do. It knows
// no kind of store.
import { StoreError } from "./store-error.ts";

const NOT_OPENED = "It was not opened, and nothing in it was changed";

/** @param what names the record and its fault */
export const damaged = (store: string, what: string, cause?: unknown) =>
  new StoreError("damaged", store, `is damaged: ${what}. ${NOT_OPENED}`, { cause });

/** @param why the browser emptied it */
export const lost = (store: string, why: string) =>
  new StoreError(
    "damaged",
    store,
    `was lost: the browser found its files corrupt, and emptied it (${why}). Opened again, it begins empty`,
  );

/** @param what the form it has, and the one known here */
export const unknownVersion = (store: string, what: string) =>
  new StoreError("version", store, `was written by a newer version of this library: ${what}. ${NOT_OPENED}`);

export const busy = (store: string) =>
  new StoreError("busy", store, "is in use by another tab, worker or process. Close that one, or open this read-only");

export const readOnly = (store: string) =>
  new StoreError("readOnly", store, "is open for reading only: another tab, worker or process writes to it");

/** Of a store that is opened for its tables only. */
export const holdsProgram = (store: string) =>
  new StoreError(
    "readOnly",
    store,
    'holds a program, and tables that belong to it: persist: "everything" goes on with it, discardProgram: true gives it up. Without either its tables can only be read',
  );

/** @param hash of the lua.wasm of a program @param given of the one that is here */
export const unknownModule = (store: string, hash: string, given: string) =>
  new StoreError(
    "version",
    store,
    `was not opened: its program is one of another lua.wasm, whose bytes it does not have. That has the hash ${hash}, and the one given here ${given}`,
  );

/** @param problem with the records of a program, as an error of the store */
export function ofProgram(store: string, problem: unknown): StoreError {
  const { kind, message, cause } = failed(store, "was not opened", problem);
  const wayOn = 'That is of its program, and the tables are whole: persist: "tables" opens them for reading';
  return new StoreError(kind, store, `${message.slice(store.length + 1)}. ${wayOn}, discardProgram: true for all`, {
    cause,
  });
}

/** @param bytesNeeded of the changes that were refused */
export function full(store: string, bytesNeeded: number, cause?: unknown) {
  const wayOn = "They are kept in memory and go with the next commit; delete something first";
  return new StoreError("quota", store, `is full: the changes need ${bytesNeeded} bytes. ${wayOn}`, {
    cause,
    bytesNeeded,
  });
}

/** Someone else wrote to the store, or emptied it, since it was opened. */
export function changedElsewhere(store: string) {
  const wayOn = "Save a snapshot of what is in memory, then open the store again";
  const problem = "was changed or emptied by someone else since it was opened, so nothing was written";
  return new StoreError("failed", store, `${problem}. ${wayOn}`);
}

const NOTHING_WRITTEN = "Nothing was written. Open the store again";

/** This writer was away for longer than its lease. */
export const takenOver = (store: string) =>
  new StoreError("lost", store, `was taken over by someone else, for its lease had run out. ${NOTHING_WRITTEN}`);

/** The server came back without commits that it had called done. */
export const rolledBack = (store: string) =>
  new StoreError("failed", store, `has lost commits that its server had called durable. ${NOTHING_WRITTEN}`);

/** @param cause why that is not known */
export const unsure = (store: string, cause: unknown) =>
  new StoreError(
    "failed",
    store,
    `may have made the last commit or not: ${textOf(cause)}. The changes are kept in memory, and the next commit finds out`,
    { cause },
  );

/**
 * @param doing as in `could not commit`
 * @param cause whatever was thrown
 * @returns `cause` itself when it is one
 */
export function failed(store: string, doing: string, cause: unknown): StoreError {
  if (isStoreError(cause)) return cause;
  return new StoreError("failed", store, `${doing}: ${textOf(cause)}`, { cause });
}

/** For anything that is thrown: even a Proxy that throws. @returns whether it is one to which `result` can be added */
export function isStoreError(error: unknown): error is StoreError {
  try {
    return error instanceof StoreError && Object.isExtensible(error);
  } catch {
    return false;
  }
}

/** For anything that is thrown: even if looking at it throws. */
function textOf(cause: unknown): string {
  try {
    return String((cause as Error | undefined)?.message || cause);
  } catch {
    return "the error cannot be shown";
  }
}

/** @returns whether a browser threw `cause` because there is no room */
export function isQuota(cause: unknown): boolean {
  try {
    const { name, code } = (cause ?? {}) as Partial<DOMException>;
    return name === "QuotaExceededError" || name === "NS_ERROR_DOM_QUOTA_REACHED" || code === 22;
  } catch {
    return false;
  }
}
