// Values of Lua as a tree whose tables unfold, a piece at a time, when they are asked for. inspector.lua describes them and
// counts who shows what. It knows what a tree is for people and for screen readers, and not what the values are for.
import { expressionOf, isOpenable, keyText, valueText } from "../logic/values.mjs";
import { counted } from "../logic/words.mjs";
import { make } from "./dom.mjs";
import { editField, rowOf, toolsOf } from "./tree-row.mjs";

/** Fields that are asked for at once. */
const PIECE = 100;
/** Numbers the places where a table is open, for inspector.lua. */
let places = 0;

/**
 * What can be done with fields.
 * @typedef {object} TreeActions
 * @property {(node: Node, source: string | null) => Promise<void>} assign null: the field is deleted
 * @property {(node: Node) => Promise<void>} find who refers to it @property {() => boolean} isAllowed
 */
/**
 * @typedef {object} Node
 * @property {string} path names it among all nodes of the tree
 * @property {string} label @property {object} value @property {Node | null} parent
 * @property {number} [index] among the fields of its parent
 * @property {HTMLElement} element the item @property {HTMLElement} holder of it and of the group below it
 * @property {HTMLElement} group @property {number} place 0: it is not open
 */

export class Tree {
  #element;
  #ask;
  #edit;
  /** Numbers of tables that inspector.lua told, and places; both to be released. */
  #held = [];
  #places = [];
  #nodes = new WeakMap();
  /** Paths that are open, and how many of their fields are shown. */
  #open = new Map();
  /** What the values were, by path; null: nothing is marked as changed. */
  #before = null;
  #now = new Map();
  /** What is shown. @type {{label: string, value: object, isOpen?: boolean}[]} */
  #roots = [];
  /** Whether kept tables are among it, which others change. */
  #isLive = false;

  /**
   * @param {HTMLElement} element
   * @param {object} options
   * @param {string} options.label @param {(name: string, ...args: unknown[]) => Promise<any>} options.ask inspector.lua
   * @param {TreeActions} [options.edit]
   */
  constructor(element, { label, ask, edit = null }) {
    this.#element = element;
    this.#ask = ask;
    this.#edit = edit;
    element.setAttribute("role", "tree");
    element.setAttribute("aria-label", label);
    element.classList.add("tree");
    element.addEventListener("keydown", event => this.#onKey(event));
    element.addEventListener("click", event => this.#onClick(event));
    element.addEventListener("dblclick", event => this.#onDoubleClick(event));
  }

  /** Lets go of all tables. */
  clear() {
    this.#element.replaceChildren();
    this.#release();
    this.#open.clear();
    this.#roots = [];
  }

  #release(held = this.#held, open = this.#places) {
    if (held.length + open.length > 0) this.#ask("release", held, open).catch(() => {});
    if (held === this.#held) [this.#held, this.#places] = [[], []];
  }

  /** Lua was restarted: nothing that it told has to be released. */
  forget() {
    [this.#held, this.#places] = [[], []];
    this.#isLive = false;
  }

  /** Kept tables as they are now. */
  async refresh() {
    const shown = this.#roots;
    if (!this.#isLive) return;
    const tables = shown.filter(({ value }) => value.h !== undefined);
    const now = await this.#ask(
      "again",
      tables.map(({ value }) => value.h),
    );
    if (shown !== this.#roots || now.includes(false))
      return this.#release(
        now.flatMap(({ h }) => h ?? []),
        [],
      );
    const valueOf = root => now[tables.indexOf(root)] ?? root.value;
    await this.show(shown.map(root => ({ ...root, value: valueOf(root) })));
  }

  /**
   * Shows other values; what was open stays open.
   * @param {{label: string, value: object, isOpen?: boolean}[]} roots
   * @param {{marksChanges?: boolean}} [options]
   */
  async show(roots, { marksChanges = false } = {}) {
    const [held, open] = [this.#held, this.#places];
    [this.#held, this.#places] = [[], []];
    this.#before = marksChanges && this.#now.size > 0 ? this.#now : null;
    this.#now = new Map();
    this.#roots = roots;
    this.#isLive = false;
    const made = document.createDocumentFragment();
    try {
      for (const root of roots) {
        const node = this.#node({ ...root, parent: null });
        made.append(node.holder);
        await this.#reopen(node, root.isOpen);
      }
      const focused = this.#element.contains(document.activeElement) ? this.#focusedPath() : undefined;
      this.#element.replaceChildren(made);
      this.#makeOneReachable(focused);
    } finally {
      this.#release(held, open);
    }
  }

  /** The path of what is to be reached by Tab. */
  #focusedPath() {
    const item = this.#element.querySelector('[role="treeitem"][tabindex="0"]');
    return item ? this.#nodes.get(item).path : null;
  }

  #makeOneReachable(focused) {
    const items = this.#items();
    const item = (focused && items.find(each => this.#nodes.get(each).path === focused)) ?? items[0];
    if (!item) return;
    item.tabIndex = 0;
    if (focused) item.focus();
  }

  #items() {
    return [...this.#element.querySelectorAll('[role="treeitem"]')];
  }

  /** @returns {Node} */
  #node({ label, value, parent, index, note = "" }) {
    if (value.h !== undefined) this.#held.push(value.h);
    this.#isLive ||= value.x !== undefined;
    const path = parent ? `${parent.path}\0${label}` : label;
    const level = parent ? parent.level + 1 : 1;
    const node = { path, label, value, parent, index, place: 0, note, level };
    node.group = make("ul", { role: "group", hidden: true });
    node.element = rowOf(node, { isChanged: this.#isChanged(node), above: ancestorWith(node) });
    if (this.#canOpen(node)) node.element.setAttribute("aria-expanded", "false");
    const tools = this.#edit && parent !== null && index !== undefined ? this.#tools(node) : null;
    node.holder = make("li", { role: "none" }, make("div", { className: "line" }, node.element, tools), node.group);
    this.#nodes.set(node.element, node);
    return node;
  }

  #tools(node) {
    return toolsOf(node, {
      edit: () => this.#beginEdit(node),
      remove: () => this.#remove(node),
      find: () => this.#find(node),
    });
  }

  #isChanged(node) {
    const text = `${valueText(node.value)} ${node.value.n}`;
    this.#now.set(node.path, text);
    if (!this.#before || this.#before.get(node.path) === text) return false;
    // What was not shown before may have been the same.
    return this.#before.has(node.path) || (node.parent !== null && this.#before.has(`${node.parent.path}\0`));
  }

  /** A table inside of itself is not unfolded again. */
  #canOpen(node) {
    return isOpenable(node.value) && !ancestorWith(node);
  }

  // Unfolding.

  async #reopen(node, isOpen) {
    const shown = this.#open.get(node.path) ?? (isOpen ? PIECE : 0);
    if (shown > 0 && this.#canOpen(node)) await this.#unfold(node, Math.max(shown, PIECE));
  }

  async #unfold(node, most = PIECE) {
    node.place = ++places;
    this.#places.push(node.place);
    node.element.setAttribute("aria-expanded", "true");
    node.group.hidden = false;
    await this.#more(node, 1, most);
  }

  /** @param {number} from of the fields */
  async #more(node, from, most) {
    const { fields, total, meta } = await this.#ask("fields", node.value.h, node.place, from, most);
    this.#now.set(`${node.path}\0`, "");
    for (const { i, key, value } of fields) {
      if (key.h !== undefined) this.#held.push(key.h);
      const field = this.#node({ label: keyText(key), value, parent: node, index: i });
      node.group.append(field.holder);
      await this.#reopen(field);
    }
    if (meta) node.group.append(this.#node({ label: "metatable", value: meta, parent: node }).holder);
    const next = from + fields.length;
    this.#open.set(node.path, Math.max(next - 1, 1));
    if (next <= total && fields.length > 0) node.group.append(this.#moreItem(node, next, total));
  }

  #moreItem(node, next, total) {
    const text = `${counted(total - next + 1, "more field")} …`;
    const item = make("div", { role: "treeitem", tabIndex: -1, className: "more", textContent: text });
    item.setAttribute("aria-level", String(node.level + 1));
    const holder = make("li", { role: "none" }, item);
    const act = async () => {
      const { previousElementSibling: before } = holder;
      holder.remove();
      await this.#more(node, next, PIECE * 5);
      this.#focus((before.nextElementSibling ?? before).querySelector('[role="treeitem"]'));
    };
    this.#nodes.set(item, { path: `${node.path}\0…`, parent: node, element: item, value: {}, act });
    return holder;
  }

  #fold(node) {
    node.element.setAttribute("aria-expanded", "false");
    node.group.hidden = true;
    node.group.replaceChildren();
    this.#open.set(node.path, 0);
  }

  async #toggle(node) {
    if (node.act) return node.act();
    if (!node.element.hasAttribute("aria-expanded")) return undefined;
    if (node.element.getAttribute("aria-expanded") === "true") return this.#fold(node);
    return this.#unfold(node).catch(error => this.#explain(node, error));
  }

  #explain(node, { message }) {
    node.group.replaceChildren(make("li", { role: "none", className: "problem", textContent: message }));
  }

  // Keys and the pointer.

  #onClick({ target }) {
    if (target.closest("button, input")) return;
    const item = target.closest('[role="treeitem"]');
    if (!item) return;
    this.#focus(item);
    this.#toggle(this.#nodes.get(item));
  }

  #onDoubleClick({ target }) {
    const item = target.closest('[role="treeitem"]');
    if (item && !target.closest("button, input")) this.#beginEdit(this.#nodes.get(item));
  }

  #focus(item) {
    for (const other of this.#element.querySelectorAll('[tabindex="0"][role="treeitem"]')) other.tabIndex = -1;
    item.tabIndex = 0;
    item.focus();
  }

  #onKey(event) {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (target.matches("input") || ctrlKey || metaKey || altKey) return;
    const item = target.closest('[role="treeitem"]');
    const node = item && this.#nodes.get(item);
    const act = node && this.#actionOf(key, node);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #actionOf(key, node) {
    const items = this.#items();
    const at = items.indexOf(node.element);
    const to = item => item && (() => this.#focus(item));
    const isOpen = node.element.getAttribute("aria-expanded");
    switch (key) {
      case "ArrowDown":
        return to(items[at + 1]);
      case "ArrowUp":
        return to(items[at - 1]);
      case "Home":
        return to(items[0]);
      case "End":
        return to(items.at(-1));
      case "ArrowRight":
        return isOpen === "false" ? () => this.#toggle(node) : isOpen && to(items[at + 1]);
      case "ArrowLeft":
        return isOpen === "true" ? () => this.#fold(node) : to(node.parent?.element);
      case "Enter":
      case " ":
        return () => (isOpen || node.act ? this.#toggle(node) : this.#beginEdit(node));
      case "F2":
        return () => this.#beginEdit(node);
      case "Delete":
        return () => this.#remove(node);
      case "r":
        return () => this.#find(node);
      default:
        return undefined;
    }
  }

  // Editing.

  #canEdit(node) {
    return this.#edit?.isAllowed() && node.parent !== null && node.index !== undefined;
  }

  #beginEdit(node) {
    const source = this.#canEdit(node) ? expressionOf(node.value) : null;
    if (source === null) return;
    const shown = node.element.querySelector(".value");
    const input = editField(node.label, source, {
      take: text => this.#edit.assign(node, text),
      leave: isFocused => {
        if (input.isConnected) input.replaceWith(shown);
        if (isFocused) this.#focus(node.element);
      },
    });
    shown.replaceWith(input);
    input.focus();
    input.select();
  }

  async #find(node) {
    if (this.#edit && node.value.h !== undefined) await this.#edit.find(node);
  }

  async #remove(node) {
    if (this.#canEdit(node)) await this.#edit.assign(node, null);
  }
}

/** @returns {Node | undefined} the one above that is the same table */
function ancestorWith({ value: { h }, parent }) {
  for (let above = parent; h !== undefined && above; above = above.parent) if (above.value.h === h) return above;
  return undefined;
}
