// What is kept, at the side: Memory, named tables, and the globals of scripts, as a tree in which the last run's changes are
// marked; search, editing and deleting in place. It knows no cells.
import { keyText, sizeOfValue, valueText } from "../logic/values.mjs";
import { element, make } from "./dom.mjs";
import { Tree } from "./tree.mjs";

const MOST_FOUND = 50;

export class StateView {
  #desk;
  #tree;
  #isBusy = false;
  #isStale = false;
  #isFirst = true;

  /** @param {Desk} desk */
  constructor(desk) {
    this.#desk = desk;
    const edit = {
      isAllowed: () => Boolean(desk.lua) && !desk.lua.readOnly && !desk.isRunning(),
      assign: (node, source) => this.#assign(node, source),
      find: node => this.#showHolding(node),
    };
    this.#tree = new Tree(element("tree"), { label: "Memory, named tables and globals", ask: desk.ask, edit });
    element("search").addEventListener("input", () => this.search());
  }

  /** Another Lua: nothing that the one before had is to be compared or released. */
  forget() {
    this.#tree.forget();
    this.#isFirst = true;
  }

  /** Shows what there is now. */
  async refresh() {
    this.#isStale = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        await this.#show();
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #show() {
    if (!this.#desk.lua) return;
    const roots = await this.#desk.ask("roots");
    const shown = roots.map(({ name, value, isNamed, isGlobals }) => ({
      label: isNamed ? `ext.table(${valueText({ k: "string", t: name, n: 0 })})` : name,
      value,
      note: isGlobals && value.n === 0 ? "none of yours" : "",
      isOpen: name === "Memory" && !isNamed,
    }));
    await this.#tree.show(shown, { marksChanges: !this.#isFirst });
    this.#isFirst = false;
    if (element("search").value !== "") await this.search();
  }

  async #assign(node, source) {
    const { value, place } = node.parent;
    if (source === null && (node.value.n ?? 0) > 0 && node.value.k === "table") {
      if (!confirm(`Delete ${node.label} with ${sizeOfValue(node.value)}?`)) return;
    }
    const what = source === null ? "Deleting" : "Changing";
    await this.#desk.attempt(() => this.#desk.ask("assign", value.h, place, node.index, source ?? undefined), what);
  }

  /** Finds keys and values that have a text in them. */
  async search() {
    const text = element("search").value;
    const isSearching = text !== "" && this.#desk.lua !== null;
    this.#showFound(isSearching);
    if (!isSearching || this.#desk.isRunning()) return;
    const found = await this.#found("search", text);
    if (element("search").value !== text) return;
    element("found").replaceChildren(...(found.length > 0 ? found.map(foundItem) : [make("li", {}, "Nothing found.")]));
  }

  #showFound(isFound) {
    element("found").hidden = !isFound;
    element("tree").hidden = isFound;
  }

  /** @returns {Promise<{path: string, value: object}[]>} what a function of inspector.lua finds */
  async #found(name, what) {
    const found = await this.#desk.ask(name, what, MOST_FOUND);
    const held = found.map(({ value }) => value.h).filter(h => h !== undefined);
    this.#desk.ask("release", held, []).catch(() => {});
    return found;
  }

  /** Shows who refers to a table, until one goes back to the tree. */
  async #showHolding({ label, value, element: row }) {
    if (this.#desk.isRunning()) return;
    const found = await this.#found("holding", value.h);
    const close = () => {
      this.#showFound(false);
      row.focus();
    };
    const back = make("button", { type: "button", click: close }, "Back to the tree");
    const count = found.length === MOST_FOUND ? `the first ${MOST_FOUND}` : found.length;
    const about = found.length > 0 ? `Fields that refer to ${label}: ${count}.` : `Nothing kept refers to ${label}.`;
    element("found").replaceChildren(make("li", {}, `${about} `, back), ...found.map(foundItem));
    this.#showFound(true);
    back.focus();
  }
}

const foundItem = ({ path, value }) =>
  make(
    "li",
    {},
    make("span", {
      className: "key",
      textContent: typeof path === "string" ? path : keyText({ k: "string", t: path, n: -1 }),
    }),
    make("span", { className: "is", textContent: " = " }),
    make("span", { className: `value ${value.k}`, textContent: valueText(value) }),
  );
