// One writer per store in a browser, by Web Locks: a lock ends with its page or worker, however that ends. It knows
// nothing of what is locked.
import { StoreError, busy } from "./store-error.mjs";

/** For who promises that there is no one else. @returns {Lock} */
const unlocked = () => ({ readOnly: false, release() {} });

/**
 * @param {object} request
 * @param {string} request.label of the store
 * @param {string} request.name of the lock, the same in all pages of an origin
 * @param {boolean} [request.isWanted] false: the caller promises that there is no other page
 * @returns {(whenBusy: WhenBusy, signal?: AbortSignal) => Promise<Lock>} the method `lock` of a store
 * @throws {StoreError} "busy"; "failed" where there are no Web Locks
 */
export function locker({ label, name, isWanted = true }) {
  return async (whenBusy, signal) => {
    if (!isWanted) return unlocked();
    const locks = globalThis.navigator?.locks;
    if (!locks) throw noLocks(label);
    const release = await hold(locks, name, whenBusy === "wait" ? { signal } : { ifAvailable: true });
    if (!release && whenBusy === "refuse") throw busy(label);
    return { readOnly: !release, release: release ?? (() => {}) };
  };
}

/** @returns {Promise<(() => Promise<void>) | null>} what releases it; null when someone else holds it */
function hold(locks, name, options) {
  return new Promise((resolve, reject) => {
    const ended = locks.request(name, options, (lock) => lock && new Promise((release) => {
      resolve(() => {
        release();
        return ended;
      });
    }));
    ended.then(() => resolve(null), reject);
  });
}

function noLocks(label) {
  const why = globalThis.isSecureContext === false
    ? "this page is not secure, so there are no Web Locks: serve it by https or from localhost"
    : "there are no Web Locks here (Chrome 69, Firefox 96, Safari 15.4 have them)";
  const problem = `cannot be locked against other tabs: ${why}; or say lock: false if no other tab uses it`;
  return new StoreError("failed", label, problem);
}
