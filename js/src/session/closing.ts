// The end of a session: what waits is told, the store gets all there is, and nothing can be called afterwards. With `discard`
// it ends in spite of a store that does not answer.
import type { Made } from "./unit.ts";
import { patiently } from "./patience.ts";
import type { Runs } from "./runs.ts";
import type { Sweeping } from "./sweeping.ts";
import { type Turns, closed } from "./turns.ts";

export class Closing {
  readonly #made: Made;
  readonly #turns: Turns;
  readonly #sweeping: Sweeping;
  readonly #runs: Runs;
  /** Of a program that is kept: when what waits in it goes on, as of the host's side. Known when it is closed. */
  wakesAt: number | null = null;

  constructor(made: Made, turns: Turns, sweeping: Sweeping, runs: Runs) {
    this.#made = made;
    this.#turns = turns;
    this.#sweeping = sweeping;
    this.#runs = runs;
  }

  /** @throws {StoreError} something is not durable; then nothing is closed, and it can be tried again */
  close(discard: boolean): Promise<void> {
    const closing = (this.#turns.closing ??= this.#turns.next(() => this.#close(discard)));
    return discard ? this.#giveUp(closing) : this.#turns.until(closing);
  }

  /** Closes in spite of a store that does not answer. Its lock is kept until it does, because it may still write. */
  async #giveUp(closing: Promise<void>): Promise<void> {
    await patiently(closing);
    const why = closed();
    this.#made.host.calls.abandonAll(why, true);
    this.#end(why);
    this.#turns.closing = Promise.resolve();
    this.#turns.giveUp(why);
  }

  async #close(discard: boolean): Promise<void> {
    const { instance, persistence, program, host } = this.#made;
    this.#sweeping.pause();
    const why = closed();
    // What waits in a program that is kept goes on when that is opened again.
    if (!program) this.#runs.cancelAll(why);
    try {
      this.#sweeping.beforeClosing();
      await persistence.close({ discard });
      if (program) this.wakesAt = host.wakesAt;
      host.calls.abandonAll(why, true);
    } catch (error) {
      // While there is a journal the store is open. Without one only closing it failed, and it has all changes.
      if (instance.tables.journal) this.#turns.closing = null;
      else this.#end(why);
      throw error;
    }
    this.#end(why);
  }

  #end(why: Error): void {
    const { instance } = this.#made;
    instance.exports = null;
    instance.failure = why;
    refuseChanges(instance, closed);
  }
}

/** From now on nobody changes tables. */
export function refuseChanges({ tables }: Made["instance"], error: () => Error): void {
  tables.journal = () => {
    throw error();
  };
}
