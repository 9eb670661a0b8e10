// Types of lua-persistent.mjs: those of lua-persistent.js, and StoreError.
import type { RunResult, StoreErrorKind } from "./lua-persistent.js";
export * from "./lua-persistent.js";

/** Something that a store did not do. What is in memory stays as it is. */
export class StoreError extends Error {
  constructor(kind: StoreErrorKind, store: string, problem: string, details?: { cause?: unknown; bytesNeeded?: number });
  readonly kind: StoreErrorKind;
  /** The label of the store. */
  readonly store: string;
  /** For "quota": how many bytes the refused changes take. */
  readonly bytesNeeded?: number;
  /** Of a run that is not durable yet: what it gave. */
  readonly result?: RunResult;
}
