// Which names could not be opened for what waits in them, and when each is tried again: later each time. It knows nothing about
// pools.
import { reporting } from "../session/output.ts";

/** Milliseconds between two tries at most, unless the first pause is longer. */
const LONGEST = 600_000;
/** Milliseconds between two reports: a database that is away fails all names. */
const BETWEEN = 60_000;

const report = reporting((error: unknown) => {
  throw error;
});

export class Retries {
  readonly #first: number;
  readonly #now: () => number;
  /** How often each could not be opened since it was open last, and whether that was reported. */
  readonly #failures = new Map<string, { count: number; isSaid: boolean }>();
  #saidAt = -Infinity;

  /** @param first milliseconds until the second try */
  constructor(first: number, now: () => number = () => performance.now()) {
    this.#first = first;
    this.#now = now;
  }

  /** Nobody asked, so that nobody else hears of it: it is reported, once for a name. @returns milliseconds to wait */
  failed(name: string, cause: unknown): number {
    const failure = this.#failures.get(name) ?? { count: 0, isSaid: false };
    this.#failures.set(name, failure);
    if (!failure.isSaid) failure.isSaid = this.#say(name, cause);
    const pause = Math.min(this.#first * 2 ** failure.count++, Math.max(this.#first, LONGEST));
    // Names that a database has failed together do not come back together.
    return pause * (1 - Math.random() / 2);
  }

  #say(name: string, cause: unknown): boolean {
    const now = this.#now();
    if (now - this.#saidAt < BETWEEN) return false;
    this.#saidAt = now;
    const message = `LuaPool: '${name}' cannot be opened for what waits in it, which is tried again: ${String(cause)}`;
    report(new Error(message, { cause }));
    return true;
  }

  /** It is open, or what waits in it is another's. */
  ended(name: string): void {
    this.#failures.delete(name);
  }
}
