// The notebook: its cells in their order, kept as they are typed, so that no text is ever lost. It knows how cells are made
// and kept, and not how they run.
import { FIRST, KeptNotebook, notebookOf } from "../logic/notebook.mjs";
import { Cell } from "./cell.mjs";
import { element } from "./dom.mjs";
import { attempt, notice } from "./said.mjs";

/** Milliseconds from a change to the writing of it. */
const SOON = 300;

/** For pages that must not have localStorage, and those that keep nothing. */
const noStorage = () => {
  const items = new Map();
  return {
    get length() {
      return items.size;
    },
    key: at => [...items.keys()][at],
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: key => void items.delete(key),
  };
};

function storage() {
  try {
    return localStorage ?? noStorage();
  } catch {
    return noStorage();
  }
}

export class Book {
  /** @type {Cell[]} */
  cells = [];
  #active = 0;
  #actions;
  #kept;
  #timer;
  #upgrade = null;
  #hasWarned = false;

  /**
   * @param {string | null} name null: nothing is kept @param {object} actions for cells, and `onCells`: there are others now
   */
  constructor(name, actions) {
    this.#kept = new KeptNotebook(name === null ? noStorage() : storage(), name);
    this.#actions = {
      ...actions,
      remove: cell => this.remove(cell),
      move: (cell, by) => this.move(cell, by),
      addBelow: cell => this.add({ code: "", head: 0 }, this.cells.indexOf(cell) + 1).editor.focus(),
      changed: (cell, isText) => this.#changed(cell, isText),
    };
    addEventListener("pagehide", () => this.save());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.save());
    // A browser that runs out of memory ends pages without a word.
    element("cells").addEventListener("focusout", () => this.save());
  }

  /** @param {Notebook | null} [first] what is shown when nothing was kept */
  load(first = null) {
    const notebook = this.#kept.load() ?? first ?? notebookOf([FIRST]);
    this.#kept.noteVisit();
    this.#show(notebook);
  }

  #show({ cells, active }) {
    for (const cell of this.cells) this.#drop(cell);
    this.cells = [];
    for (const cell of cells) this.#insert(cell, this.cells.length);
    this.#active = active;
    this.#renumber();
  }

  /** Another notebook in the place of this one, which can be brought back. @param {Notebook} notebook */
  replace(notebook) {
    this.#kept.keep(this.notebook);
    this.#show(notebook);
    this.save();
  }

  /** @returns {Notebook} */
  get notebook() {
    return { cells: this.cells.map(({ kept }) => kept), active: this.#active };
  }

  /** @returns {{time: number, text: string}[]} the newest first; some cannot be read */
  get earlier() {
    return this.#kept.earlier();
  }

  cellWith(id) {
    return this.cells.find(cell => cell.id === id);
  }

  #insert(kept, at) {
    const cell = new Cell(kept, this.#actions);
    element("cells").insertBefore(cell.element, this.cells[at]?.element ?? null);
    this.cells.splice(at, 0, cell);
    this.#upgrade?.(cell);
    return cell;
  }

  /** @param {{code: string, head: number}} kept @param {number} [at] */
  add(kept, at = this.cells.length) {
    const cell = this.#insert(kept, at);
    this.#renumber();
    this.#soon();
    cell.element.scrollIntoView({ block: "nearest" });
    return cell;
  }

  remove(cell) {
    const at = this.cells.indexOf(cell);
    const { kept } = cell;
    // Undo goes with the next notice.
    if (kept.code.trim() !== "") attempt(() => this.#kept.keep(this.notebook));
    this.cells.splice(at, 1);
    this.#drop(cell);
    if (this.cells.length === 0) this.#insert({ code: "", head: 0 }, 0);
    this.#renumber();
    this.#soon();
    (this.cells[at] ?? this.cells.at(-1)).editor.focus();
    if (kept.code.trim() !== "")
      notice("The cell is deleted.", { label: "Undo", act: () => (notice(""), this.add(kept, at).editor.focus()) });
  }

  #drop(cell) {
    this.#actions.dropped(cell);
    cell.clearResult();
    cell.editor.destroy();
    cell.element.remove();
  }

  move(cell, by) {
    const at = this.cells.indexOf(cell);
    const to = at + by;
    if (to < 0 || to >= this.cells.length) return;
    this.cells.splice(at, 1);
    this.cells.splice(to, 0, cell);
    const next = this.cells[to + 1]?.element ?? null;
    const focused = document.activeElement;
    element("cells").insertBefore(cell.element, next);
    if (cell.element.contains(focused)) focused.focus();
    this.#renumber();
    this.#soon();
  }

  #renumber() {
    this.cells.forEach((cell, i) => cell.setPlace(i + 1, this.cells.length));
    this.#actions.onCells();
  }

  /** Gives all cells the better editor. @param {(cell: Cell) => void} upgrade */
  upgrade(upgrade) {
    this.#upgrade = upgrade;
    this.cells.forEach(upgrade);
  }

  /** @param {boolean} isText otherwise only its cursor has moved, which is written when the page is left */
  #changed(cell, isText) {
    this.#active = Math.max(0, this.cells.indexOf(cell));
    if (isText) this.#soon();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), SOON);
  }

  /** Now. */
  save() {
    clearTimeout(this.#timer);
    try {
      if (this.#kept.save(this.notebook))
        notice("Another tab has changed this notebook, too. Its text is kept under Notebook, Earlier texts.");
      this.#hasWarned = false;
    } catch {
      if (!this.#hasWarned)
        notice(
          "There is no room in this browser to keep the text of this notebook. Export it as a .lua file before you leave.",
        );
      this.#hasWarned = true;
    }
  }
}
