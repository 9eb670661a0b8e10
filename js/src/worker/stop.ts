// What stops a run in a worker, as an AbortController with its signal does: these take longer to make than a short run takes.
// It knows nothing of runs.
import type { Signal } from "../core/platform.ts";

/** The members of a signal that a session uses. */
export class Stop {
  aborted = false;
  reason: unknown = undefined;
  #listeners: Set<() => void> | null = null;

  /** The same as its own signal. */
  get signal(): Signal {
    return this as unknown as Signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of [...(this.#listeners ?? [])]) listener();
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
  }
}
