// Tasks in turn: each begins when the one before is done. It does not know what they do.
import type { Signal } from "../core/platform.ts";
import { Waiting, untilAborted, untilLeft } from "./patience.ts";

export class Turns {
  /** Settles when all tasks are done. */
  #last: Promise<unknown> = Promise.resolve();
  /** The callers. */
  readonly waiting: Waiting = new Waiting();
  /** Settles when what has the turns is closed; null until somebody wants that, and when it failed. */
  closing: Promise<void> | null = null;

  /** Does `task` after everything that was asked for before. @param signal ends waiting */
  inTurn<T>(task: () => T | Promise<T>, signal?: Signal): Promise<T> {
    if (this.closing) return Promise.reject(closed());
    if (!signal) return this.waiting.until(this.next(task));
    const start = (began: () => void, leave: (reason: unknown) => void) =>
      this.next(() => {
        began();
        return untilLeft(signal, leave, async () => task());
      });
    return this.waiting.until(untilAborted(signal, start));
  }

  /** The same, to the end: giving up `waiting` does not reject it. */
  next<T>(task: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {});
    return done;
  }
}

export const closed = (): Error => new Error("this LuaPersistent is closed");
