// Which names could not be opened for what waits in them, and when each is tried again: later each time. It knows nothing about
// pools.
import { reporting } from "../session/output.ts";

/** Milliseconds between two tries at most, unless the first pause is longer. */
const LONGEST = 600_000;

const report = reporting((error: unknown) => {
  throw error;
});

export class Retries {
  readonly #first: number;
  /** How often each could not be opened since it was open last. */
  readonly #failures = new Map<string, number>();

  /** @param first milliseconds until the second try */
  constructor(first: number) {
    this.#first = first;
  }

  /** The first failure of a name is reported: nobody asked, so that nobody else hears of it. @returns milliseconds to wait */
  failed(name: string, cause: unknown): number {
    const failures = this.#failures.get(name) ?? 0;
    this.#failures.set(name, failures + 1);
    if (failures === 0) {
      const message = `LuaPool: '${name}' cannot be opened for what waits in it, which is tried again: ${String(cause)}`;
      report(new Error(message, { cause }));
    }
    const pause = Math.min(this.#first * 2 ** failures, Math.max(this.#first, LONGEST));
    // Names that a database has failed together do not come back together.
    return pause * (1 - Math.random() / 2);
  }

  /** It is open, or what waits in it is another's. */
  ended(name: string): void {
    this.#failures.delete(name);
  }
}
