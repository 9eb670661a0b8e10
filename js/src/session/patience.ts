// How long a caller waits for a store after an abort or before closing: a commit under way is usually done in time, one
// that hangs never is.
import { NO_SET, ownSet } from "../core/nothing.ts";

/** Milliseconds. */
export const PATIENCE = 1000;

/**
 * Waits for `task` for a while, and leaves it to itself then.
 * @returns its result, or undefined
 */
export function patiently<T>(task: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<undefined>(resolve => (timer = setTimeout(resolve, PATIENCE, undefined)));
  return Promise.race([task, over]).finally(() => clearTimeout(timer));
}

/** Rejects at once when `signal` is aborted before `began` is called; afterwards when `leave` is called. */
export function untilAborted<T>(
  signal: AbortSignal | undefined,
  start: (began: () => void, leave: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
  if (!signal)
    return start(
      () => {},
      () => {},
    );
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

/** Does a task that cannot be stopped any more. Some time after an abort it is left to itself. */
export async function untilLeft<T>(
  signal: AbortSignal | undefined,
  leave: (reason: unknown) => void,
  task: () => Promise<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => (timer = setTimeout(() => leave(signal!.reason), PATIENCE));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await task();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Promises that can all be rejected at once, so that nobody waits for them any longer. */
export class Waiting {
  #rejects: Set<(error: unknown) => void> = NO_SET;

  /** @returns as `task`, unless `giveUp` is first */
  until<T>(task: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#rejects = ownSet(this.#rejects);
      this.#rejects.add(reject);
      task.then(
        value => {
          this.#rejects.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#rejects.delete(reject);
          reject(error);
        },
      );
    });
  }

  giveUp(error: unknown) {
    for (const reject of this.#rejects) reject(error);
  }
}
