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
