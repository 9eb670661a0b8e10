// Whose turn it is: what is asked for is done one after the other. It knows nothing of what that is.
import type { Signal } from "../core/platform.ts";
import { Waiting, untilAborted, untilLeft } from "./patience.ts";

export class Turns {
  /** The end of what waits for its turn. */
  #last: Promise<unknown> = Promise.resolve();
  /** Those who asked. */
  readonly waiting = new Waiting();

  /** Does `task` after everything that was asked for before. @param signal ends waiting */
  inTurn<T>(task: () => T | Promise<T>, signal?: Signal): Promise<T> {
    const start = (began: () => void, leave: (reason: unknown) => void) =>
      this.next(() => {
        began();
        return untilLeft(signal, leave, async () => task());
      });
    return this.waiting.until(untilAborted(signal, start));
  }

  /** The same, to the end: `waiting` does not hear of it. */
  next<T>(task: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {});
    return done;
  }
}
