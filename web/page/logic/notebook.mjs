// A notebook: cells of Lua, and how it is kept in localStorage. It knows no page. Text that someone else wrote meanwhile is
// never overwritten without being kept aside.

import { openedKey } from "./names.mjs";

const VERSION = 1;
/** How many earlier texts are kept. */
const MOST_EARLIER = 20;

export const FIRST = `-- Press Run, and watch Memory change.
-- Then reload the page, and run it again.
Memory.counter = (Memory.counter or 0) + 1
return Memory.counter`;

/** @typedef {{code: string, head: number}} Cell head: where its cursor is */
/** @typedef {{cells: Cell[], active: number}} Notebook active: the cell that the cursor is in */

/** @param {string[]} codes @returns {Notebook} */
export const notebookOf = codes => ({ cells: codes.map(code => ({ code, head: 0 })), active: 0 });

/** @param {Notebook} notebook @returns {string} */
export const notebookText = ({ cells, active }) => JSON.stringify({ version: VERSION, cells, active });

/**
 * @param {string} text of `notebookText`
 * @returns {Notebook}
 * @throws {Error} it is none
 */
export function readNotebook(text) {
  const found = JSON.parse(text);
  if (found?.version > VERSION) throw new Error(`this notebook was written by a newer page (version ${found.version})`);
  if (!Array.isArray(found?.cells) || found.cells.length === 0) throw new Error("there are no cells in this notebook");
  const cells = found.cells.map(cell => {
    if (typeof cell?.code !== "string") throw new Error("a cell of this notebook has no text");
    return { code: cell.code, head: Number.isInteger(cell.head) ? cell.head : 0 };
  });
  return { cells, active: found.active in cells ? found.active : 0 };
}

/** @param {string} text @returns {Notebook} what cannot be read is one cell, as it is */
export function readable(text) {
  try {
    return readNotebook(text);
  } catch {
    return notebookOf([text]);
  }
}

const codesOf = ({ cells }) => JSON.stringify(cells.map(({ code }) => code));
const keyOf = name => `lua_page/${name}`;
const earlierKey = name => `lua_page_earlier/${name}/`;

/** A notebook in localStorage. */
export class KeptNotebook {
  #storage;
  #name;
  /** As it was last read or written here. */
  #known = null;

  /** @param {Storage} storage @param {string} name */
  constructor(storage, name) {
    this.#storage = storage;
    this.#name = name;
  }

  /** @returns {Notebook | null} null: there is none, or none that can be read */
  load() {
    const text = this.#storage.getItem(keyOf(this.#name));
    if (text === null) return null;
    try {
      const notebook = readNotebook(text);
      this.#known = text;
      return notebook;
    } catch {
      // It is kept aside by `save`, as what another tab wrote: before that there need not be room.
      return null;
    }
  }

  /** Notes when it was opened: what came by a link and is old can be deleted. */
  noteVisit(now = Date.now()) {
    try {
      this.#storage.setItem(openedKey(this.#name), String(now));
    } catch {
      // It is no older for that.
    }
  }

  /**
   * @param {Notebook} notebook
   * @returns {boolean} whether another tab had written meanwhile: its text is among the earlier ones then
   * @throws {DOMException} there is no room
   */
  save(notebook) {
    const text = notebookText(notebook);
    if (text === this.#known) return false;
    const there = this.#storage.getItem(keyOf(this.#name));
    const isOther = there !== null && there !== this.#known && there !== text;
    // Only the cursor has moved here: the other's text is the newer one.
    if (isOther && this.#known !== null && codesOf(readNotebook(this.#known)) === codesOf(notebook)) return false;
    if (isOther) this.#keepAside(there);
    this.#storage.setItem(keyOf(this.#name), text);
    this.#known = text;
    return isOther;
  }

  /** Keeps a text though it is about to be replaced. @param {Notebook} notebook */
  keep(notebook) {
    this.#keepAside(notebookText(notebook));
  }

  #keepAside(text) {
    const keys = this.#earlierKeys();
    if (keys.some(key => this.#storage.getItem(key) === text)) return;
    for (const key of keys.slice(0, Math.max(0, keys.length - MOST_EARLIER + 1))) this.#storage.removeItem(key);
    const newest = Number(keys.at(-1)?.slice(earlierKey(this.#name).length) ?? 0);
    const time = Math.max(Date.now(), newest + 1);
    this.#storage.setItem(earlierKey(this.#name) + time, text);
  }

  #earlierKeys() {
    const keys = Array.from({ length: this.#storage.length }, (_, i) => this.#storage.key(i));
    const start = earlierKey(this.#name);
    const timeOf = key => Number(key.slice(start.length));
    return keys.filter(key => key.startsWith(start)).sort((a, b) => timeOf(a) - timeOf(b));
  }

  /** @returns {{time: number, text: string}[]} the newest first */
  earlier() {
    const start = earlierKey(this.#name).length;
    return this.#earlierKeys()
      .map(key => ({ time: Number(key.slice(start)), text: this.#storage.getItem(key) }))
      .reverse();
  }
}
