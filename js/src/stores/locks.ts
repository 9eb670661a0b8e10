// One writer per store in a browser, by Web Locks: a lock ends with its page or worker, however that ends. It knows
// nothing about stores.
import { busy } from "./refusals.ts";
import { StoreError } from "./store-error.ts";
import type { StoreLock, WhenBusy } from "./store.ts";

/** For callers who promise that nobody else uses the store. */
const unlocked = (): StoreLock => ({ readOnly: false, release() {} });

/**
 * @param request.label of the store
 * @param request.name of the lock, the same in all pages of an origin
 * @param request.isWanted false: the caller promises that there is no other page
 * @returns the method `lock` of a store
 * @throws {StoreError} "busy"; "failed" where there are no Web Locks
 */
export function locker({
  label,
  name,
  isWanted = true,
}: {
  label: string;
  name: string;
  isWanted?: boolean;
}): (whenBusy: WhenBusy, signal?: AbortSignal) => Promise<StoreLock> {
  return async (whenBusy, signal) => {
    if (!isWanted) return unlocked();
    const locks = globalThis.navigator?.locks;
    if (!locks) throw noLocks(label);
    const release = await hold(locks, name, whenBusy === "wait" ? { signal } : { ifAvailable: true });
    if (!release && whenBusy === "refuse") throw busy(label);
    return { readOnly: !release, release: release ?? (() => {}) };
  };
}

/** @returns a function that releases it; null when someone else holds it */
function hold(locks: LockManager, name: string, options: LockOptions): Promise<(() => Promise<void>) | null> {
  return new Promise((resolve, reject) => {
    const ended = locks.request(
      name,
      options,
      lock =>
        lock &&
        new Promise<void>(release => {
          resolve(() => {
            release();
            return ended as Promise<void>;
          });
        }),
    );
    ended.then(() => resolve(null), reject);
  });
}

function noLocks(label: string): StoreError {
  const { isSecureContext } = globalThis;
  if (isSecureContext === undefined) {
    return new StoreError(
      "failed",
      label,
      "cannot be used here: this is no browser; or say lock: false if no one else uses it",
    );
  }
  const why = isSecureContext
    ? "there are no Web Locks here (Chrome 69, Firefox 96, Safari 15.4 have them)"
    : "this page is not secure, so there are no Web Locks: serve it by https or from localhost";
  const problem = `cannot be locked against other tabs: ${why}; or say lock: false if no other tab uses it`;
  return new StoreError("failed", label, problem);
}
