// The fence around a store: everything that a store throws, and every answer that makes no sense, becomes a StoreError
// that names it. It knows nothing about tables or the contents of records.
import { viewBytes } from "../bytes/byte-string.ts";
import type { Signal } from "../core/platform.ts";
import { sizeOf } from "./changes.ts";
import { HEADER } from "./records.ts";
import { damaged, failed, full, isQuota, isStoreError } from "./refusals.ts";
import { StoreError } from "./store-error.ts";
import type { StoreRecords, OwnStore, RecordChange, WhenBusy, StoreLock } from "./store.ts";

/** Headers that a store may have. */
const MOST_KNOWN = 64;

const NO_LOCK = { readOnly: false, release() {} };

/** A store that keeps to its interface, or says that it does not. */
export class CheckedStore {
  readonly label: string;
  #store;
  /** The headers that the store may have: copies, because bytes given to a store are its own. */
  #known: (Uint8Array | undefined)[] = [undefined];

  /** @throws {TypeError} naming the method that it lacks */
  constructor(store: OwnStore) {
    this.#store = store;
    this.label = typeof store.label === "string" && store.label ? store.label : "the store";
    for (const method of ["load", "commit", "clear"]) {
      if (typeof store[method as "load"] !== "function") throw new TypeError(`${this.label} has no method ${method}()`);
    }
  }

  /** Whether it keeps nothing, so that there is no use in making records. */
  get isVolatile() {
    return this.#store.isVolatile === true;
  }

  async load(): Promise<[string, Uint8Array][]> {
    this.#known = [undefined];
    return this.#call("could not be read", async () => this.#collect(await this.#store.load()));
  }

  async #collect(found: StoreRecords) {
    const records: [string, Uint8Array][] = [];
    const { [Symbol.iterator]: each, [Symbol.asyncIterator]: eachLater } = Object(found) as Partial<
      Iterable<unknown> & AsyncIterable<unknown>
    >;
    if (!each && !eachLater) {
      throw this.#misbehaved(`load() gave ${kindOf(found)}, not something to iterate over`);
    }
    // Waiting for each record, when all are there, takes longer than all the rest.
    if (each) for (const record of found as Iterable<unknown>) records.push(this.#checked(record));
    else for await (const record of found as AsyncIterable<unknown>) records.push(this.#checked(record));
    return records;
  }

  #checked(record: unknown): [string, Uint8Array] {
    const [name, bytes] = Array.isArray(record) ? record : [];
    if (typeof name !== "string" || (record as unknown[]).length !== 2) {
      throw this.#misbehaved("load() gave something that is not a pair of a name and bytes");
    }
    if (name === HEADER && isBytes(bytes)) this.#known = [new Uint8Array(bytes)];
    if (bytes instanceof Uint8Array && bytes.constructor === Uint8Array) return record as [string, Uint8Array];
    if (!isBytes(bytes)) throw damaged(this.label, `record '${name.slice(0, 80)}' is ${kindOf(bytes)}, not bytes`);
    return [name, viewBytes(bytes)];
  }

  /** It is known what the next commit has. */
  captured(): void {
    this.#store.captured?.();
  }

  async commit(changes: RecordChange[]): Promise<void> {
    const header = changes.at(-1)!.bytes!.slice();
    const known = this.#known.map(bytes => bytes?.slice());
    this.#known.push(header);
    // Those of commits that failed: of very many in a row, the ones in the middle were hardly made.
    if (this.#known.length > MOST_KNOWN) this.#known.splice(MOST_KNOWN / 2, 1);
    await this.#call("could not commit", () => this.#store.commit(changes, known), changes);
    this.#known = [header];
  }

  async clear(): Promise<void> {
    await this.#call("could not be emptied", () => this.#store.clear());
    this.#known = [undefined];
  }

  async lock(whenBusy: WhenBusy, signal?: Signal): Promise<StoreLock> {
    // A store that listens for an abort from now on would wait for ever.
    signal?.throwIfAborted();
    if (!this.#store.lock) return NO_LOCK;
    return this.#call(
      "could not be locked",
      async () => this.#fenced(await this.#store.lock!(whenBusy, signal)),
      [],
      signal,
    );
  }

  #fenced(lock: StoreLock) {
    if (typeof lock?.release === "function") return { readOnly: lock.readOnly === true, release: () => lock.release() };
    throw this.#misbehaved(`lock() gave ${kindOf(lock)}, not {readOnly, release}`);
  }

  /** @param lock is released, even when the store cannot be closed */
  async close(lock: StoreLock) {
    try {
      await this.#call("could not be closed", () => this.#store.close?.());
    } finally {
      await this.#call("could not be unlocked", () => lock.release());
    }
  }

  /** @returns the JSON of a snapshot that an earlier page left, for a new store to begin with */
  earlierSnapshot(): string | null {
    return this.#store.earlierSnapshot?.() ?? null;
  }

  async #call<T>(doing: string, call: () => T | Promise<T>, changes: RecordChange[] = [], signal?: Signal): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw isQuota(cause) && !isStoreError(cause)
        ? full(this.label, sizeOf(changes), cause)
        : failed(this.label, doing, cause);
    }
  }

  #misbehaved(what: string) {
    return new StoreError("failed", this.label, `does not keep to the interface of stores: ${what}`);
  }
}

const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && (value as Uint8Array).BYTES_PER_ELEMENT === 1;

/** @returns as in "gave a number" */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
