// In the worker: the answer to a run that goes to the page with the run's changes, in one message. The page gives it to whoever asked
// when the changes are durable. It knows nothing about runs.

/** A call's answer. */
export interface EarlyAnswer {
  /** Of the call. */
  id: number;
  value: unknown;
}

/** The answer on its way from the end of a run to the commit that has all of its changes. */
export class EarlyAnswers {
  #done: EarlyAnswer | null = null;
  #captured: EarlyAnswer | null = null;

  /** A run has ended, and its changes are to be committed. */
  done(answer: EarlyAnswer): void {
    this.#done = answer;
  }

  /** The changes of everything that is done are in the next commit. */
  captured(): void {
    this.#captured = this.#done;
    this.#done = null;
  }

  /** @returns that which goes with the commit of what was captured last */
  take(): EarlyAnswer | null {
    const answer = this.#captured;
    this.#captured = null;
    return answer;
  }
}
