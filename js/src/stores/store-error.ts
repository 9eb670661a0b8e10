// The one error class of stores.

export type StoreErrorKind = "quota" | "damaged" | "version" | "busy" | "readOnly" | "lost" | "failed";

/** A store failed to do something. The tables in memory stay as they are. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  /** The label of the store. */
  readonly store: string;
  /** For "quota": how many bytes the refused changes take in this store. */
  readonly bytesNeeded?: number;
  /** The result of a run that is not durable yet. */
  declare readonly result?: { output: string; values: any[]; exit?: number | bigint };

  /**
   * @param store its label, such as `IndexedDB store 'default'`
   * @param problem goes on where the label ends
   */
  constructor(
    kind: StoreErrorKind,
    store: string,
    problem: string,
    { cause, bytesNeeded }: { cause?: unknown; bytesNeeded?: number } = {},
  ) {
    super(`${store} ${problem}`, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.kind = kind;
    this.store = store;
    this.bytesNeeded = bytesNeeded;
  }
}
