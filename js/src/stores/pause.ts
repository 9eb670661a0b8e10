// Waiting: for some time, and for no longer than some time. It knows nothing about stores.
import type { Signal } from "../core/platform.ts";

/** Waits, unless the signal is aborted. */
export function pause(milliseconds: number, signal?: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** An answer did not come in time. It may come later, or what was asked for may be done without one. */
export class NoAnswer extends Error {
  constructor(milliseconds: number) {
    super(`there was no answer for ${milliseconds} ms`);
  }
}

/** @throws {NoAnswer} the task is left to itself */
export function within<T>(milliseconds: number, task: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(milliseconds)), milliseconds);
  });
  return Promise.race([task, over]).finally(() => clearTimeout(timer));
}
