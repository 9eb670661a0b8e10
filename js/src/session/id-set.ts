// A set of ids of external tables, a bit each.

import { NO_MAP, ownMap } from "../core/nothing.ts";

const NO_IDS = new Uint32Array(256);

/** Ids, 8192 to a page. */
export class IdSet {
  #pages: Map<number, Uint32Array> = NO_MAP;
  /** The page that was used last: most ids are near to the one before. */
  #number = -1;
  #page: Uint32Array = NO_IDS;

  #turnTo(number: number) {
    this.#page = this.#pages.get(number) ?? NO_IDS;
    this.#number = number;
  }

  has(id: number) {
    if (id >>> 13 !== this.#number) this.#turnTo(id >>> 13);
    return ((this.#page[(id >>> 5) & 255] >>> (id & 31)) & 1) === 1;
  }

  /** @returns whether it was not there */
  add(id: number): boolean {
    if (id >>> 13 !== this.#number) this.#turnTo(id >>> 13);
    if (this.#page === NO_IDS) {
      this.#pages = ownMap(this.#pages);
      this.#pages.set(this.#number, (this.#page = new Uint32Array(256)));
    }
    const page = this.#page;
    const at = (id >>> 5) & 255;
    const before = page[at];
    page[at] = before | (1 << (id & 31));
    return page[at] !== before;
  }
}
