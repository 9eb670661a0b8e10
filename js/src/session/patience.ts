// How long those wait for a store who want to be gone: a commit under way is usually done in time, one that hangs never is.

/** Milliseconds. */
export const PATIENCE = 1000;

/**
 * Waits for `task` for a while. It goes on when that is over.
 * @returns what it gives, or undefined
 */
export function patiently<T>(task: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<undefined>(resolve => (timer = setTimeout(resolve, PATIENCE, undefined)));
  return Promise.race([task, over]).finally(() => clearTimeout(timer));
}

/** Rejects at once when `signal` is aborted while what `start` began waits; later when that calls `leave`. */
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

/** Does what cannot be stopped any more; some time after an abort it is left to itself. */
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

/** Promises that can all be rejected at once, when nobody is to wait for them any more. */
export class Waiting {
  #rejects = new Set<(error: unknown) => void>();

  /** @returns as `task`, unless `giveUp` is first */
  until<T>(task: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject);
      task.then(resolve, reject).finally(() => this.#rejects.delete(reject));
    });
  }

  giveUp(error: unknown) {
    for (const reject of this.#rejects) reject(error);
  }
}
