// The values that a run gave: one after the other, and as a tree when there are tables to unfold.
import { isOpenable, valueText } from "../logic/values.mjs";
import { make } from "./dom.mjs";

/** A table of so many fields is unfolded at once when it is the only value. */
const FEW = 30;

export class ValuesView {
  #ask;
  #tree = null;
  element = make("div", { className: "values", hidden: true });

  /** @param {(name: string, ...args: unknown[]) => Promise<any>} ask inspector.lua */
  constructor(ask) {
    this.#ask = ask;
  }

  clear() {
    this.#tree?.clear();
    this.#tree = null;
    this.element.replaceChildren();
    this.element.hidden = true;
  }

  forget() {
    this.#tree?.forget();
  }

  /** Kept tables as they are now. */
  async refresh() {
    await this.#tree?.refresh();
  }

  /** @param {object[]} values as inspector.lua describes them */
  async show(values) {
    this.element.hidden = values.length === 0;
    if (values.some(isOpenable)) return this.#showTree(values);
    this.element.replaceChildren(...values.map(flat));
    // Tables without fields have numbers, too.
    const held = values.flatMap(({ h }) => h ?? []);
    if (held.length > 0) this.#ask("release", held, []).catch(() => {});
  }

  async #showTree(values) {
    const { Tree } = await import("./later.mjs");
    const list = make("ul");
    this.#tree = new Tree(list, { label: "Values", ask: this.#ask });
    const isAlone = values.length === 1 && values[0].n <= FEW;
    await this.#tree.show(
      values.map((value, i) => ({ label: values.length === 1 ? "" : `${i + 1}`, value, isOpen: isAlone })),
    );
    this.element.replaceChildren(list);
  }
}

const flat = value => make("div", { className: `value ${value.k}`, textContent: valueText(value) });
