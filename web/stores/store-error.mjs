// The one error class of stores, and its wording. A message names the store, says what happened to what is in it, and
// what to do. It knows nothing of any kind of store.

/** @typedef {"quota" | "damaged" | "version" | "busy" | "readOnly" | "failed"} StoreErrorKind */

/** Something that a store did not do. What is in memory stays as it is. */
export class StoreError extends Error {
  /**
   * @param {StoreErrorKind} kind
   * @param {string} store its label, such as `IndexedDB store 'default'`
   * @param {string} problem goes on where the label ends
   * @param {{cause?: unknown, bytesNeeded?: number}} [details]
   */
  constructor(kind, store, problem, { cause, bytesNeeded } = {}) {
    super(`${store} ${problem}`, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    /** @type {StoreErrorKind} */
    this.kind = kind;
    /** The label of the store. @type {string} */
    this.store = store;
    /** For `quota`: how many bytes the refused changes take in this store. @type {number | undefined} */
    this.bytesNeeded = bytesNeeded;
  }
}

const NOT_OPENED = "It was not opened, and nothing in it was changed";

/** @param {string} what names the record and its fault */
export const damaged = (store, what, cause) =>
  new StoreError("damaged", store, `is damaged: ${what}. ${NOT_OPENED}`, { cause });

/** @param {string} why the browser emptied it */
export const lost = (store, why) =>
  new StoreError("damaged", store, `was lost: the browser found its files corrupt, and emptied it (${why}). Opened again, it begins empty`);

/** @param {string} what the form it has, and the one known here */
export const unknownVersion = (store, what) =>
  new StoreError("version", store, `was written by a newer version of this library: ${what}. ${NOT_OPENED}`);

export const busy = (store) =>
  new StoreError("busy", store, "is in use by another tab, worker or process. Close that one, or open this read-only");

export const readOnly = (store) =>
  new StoreError("readOnly", store, "is open for reading only: another tab, worker or process writes to it");

/** @param {number} bytesNeeded of the changes that were refused */
export function full(store, bytesNeeded, cause) {
  const wayOn = "They are kept in memory and go with the next commit; delete something first";
  return new StoreError("quota", store, `is full: the changes need ${bytesNeeded} bytes. ${wayOn}`, { cause, bytesNeeded });
}

/** Someone else wrote to the store, or emptied it, since it was opened. */
export function changedElsewhere(store) {
  const wayOn = "Save a snapshot of what is in memory, then open the store again";
  const problem = "was changed or emptied by someone else since it was opened, so nothing was written";
  return new StoreError("failed", store, `${problem}. ${wayOn}`);
}

/**
 * @param {string} doing as in `could not commit`
 * @param {unknown} cause whatever was thrown
 * @returns {StoreError} `cause` itself when it is one
 */
export function failed(store, doing, cause) {
  if (isStoreError(cause)) return cause;
  return new StoreError("failed", store, `${doing}: ${textOf(cause)}`, { cause });
}

/** Of anything that is thrown: a Proxy may throw. @returns {boolean} whether it is one that can be told what a run gave */
export function isStoreError(error) {
  try {
    return error instanceof StoreError && Object.isExtensible(error);
  } catch {
    return false;
  }
}

/** Of anything that is thrown: looking at it may throw, too. @returns {string} */
function textOf(cause) {
  try {
    return String(cause?.message || cause);
  } catch {
    return "the error cannot be shown";
  }
}

/** @returns {boolean} whether a browser threw `cause` because there is no room */
export function isQuota(cause) {
  try {
    return cause?.name === "QuotaExceededError" || cause?.name === "NS_ERROR_DOM_QUOTA_REACHED" || cause?.code === 22;
  } catch {
    return false;
  }
}
