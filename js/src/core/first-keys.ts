// The first keys of a large Map, while keys are deleted: a new iterator would pass every place ahead of the first key that is
// left, so that taking key after key from a Map, as from a queue, takes a time that grows with the square of their number.
import { NO_SET } from "./nothing.ts";

type Table = ReadonlyMap<string, unknown>;

/** So many keys are read ahead. */
const AHEAD = 256;
const NO_KEYS: Iterator<string> = /* @__PURE__ */ NO_SET.values();

/** Of the Map that was asked for last. Every key of it is among `#keys`, or ahead of `#rest`. */
export class FirstKeys {
  #table: Table | null = null;
  #keys: Set<string> = NO_SET;
  #rest = NO_KEYS;

  /** Asked for small Maps costs more than it saves. @returns at least the first 256 keys, or all */
  of(table: Table): Iterable<string> {
    if (table.size <= 2 * AHEAD) return table.keys();
    if (this.#table !== table) {
      this.#table = table;
      this.#keys = new Set();
      this.#rest = table.keys();
    }
    while (this.#keys.size < AHEAD) this.#keys.add(this.#rest.next().value as string);
    return this.#keys;
  }

  /** A key was deleted: should it come back, then as the last one. */
  deleted(table: Table, key: string): void {
    if (this.#table === table) this.#keys.delete(key);
  }

  /** The Map is given up. */
  forget(): void {
    if (this.#table === null) return;
    this.#table = null;
    // An iterator would keep it.
    this.#rest = NO_KEYS;
  }
}
