// How long those wait for a store who want to be gone: a commit under way is usually done in time, one that hangs never is.

/** Milliseconds. */
export const PATIENCE = 1000;

/**
 * Waits for `task` for a while. It goes on when that is over.
 * @template T
 * @param {Promise<T>} task
 * @returns {Promise<T | undefined>} what it gives, or undefined
 */
export function patiently(task) {
  let timer;
  const over = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  return Promise.race([task, over]).finally(() => clearTimeout(timer));
}

/**
 * Rejects at once when `signal` is aborted while what `start` began waits; later when that calls `leave`.
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {(began: () => void, leave: (reason: unknown) => void) => Promise<T>} start
 * @returns {Promise<T>}
 */
export function untilAborted(signal, start) {
  if (!signal) return start(() => {}, () => {});
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    start(() => {
      signal.removeEventListener("abort", onAbort);
      signal.throwIfAborted();
    }, reject).then(resolve, reject);
  });
}

/**
 * Does what cannot be stopped any more; some time after an abort it is left to itself.
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {(reason: unknown) => void} leave
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
export async function untilLeft(signal, leave, task) {
  let timer;
  const onAbort = () => (timer = setTimeout(() => leave(signal.reason), PATIENCE));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await task();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Promises that can all be rejected at once, when nobody is to wait for them any more. */
export class Waiting {
  #rejects = new Set();

  /** @template T @param {Promise<T>} task @returns {Promise<T>} as `task`, unless `giveUp` is first */
  until(task) {
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject);
      task.then(resolve, reject).finally(() => this.#rejects.delete(reject));
    });
  }

  /** @param {unknown} error */
  giveUp(error) {
    for (const reject of this.#rejects) reject(error);
  }
}
