// The moments after runs, to which Lua can go back: a slider, and what each moment was. It knows no cells.
import { counted } from "../logic/words.mjs";
import { element, make } from "./dom.mjs";

export class HistoryView {
  #desk;
  /** From the oldest to now. @type {{n: number, text: string}[]} */
  #moments = [];
  #slider = make("input", {
    type: "range",
    min: 0,
    step: 1,
    "aria-label": "Earlier moments",
    input: () => this.#say(),
  });
  #what = make("span", { className: "quiet" });
  #back = make("button", { type: "button", click: () => this.#goBack() }, "Go back");
  #element = make("div", { id: "history", hidden: true }, this.#slider, this.#what, this.#back);

  /** @param {Desk} desk */
  constructor(desk) {
    this.#desk = desk;
    element("search").before(this.#element);
  }

  /** Another Lua: nothing goes back behind that. */
  clear() {
    this.#moments = [];
    this.#show();
  }

  /** There is a moment to come back to. @param {string} what it is */
  async note(what) {
    const { lua } = this.#desk;
    if (!lua || lua.readOnly) return;
    const known = await lua.history().catch(() => []);
    if (lua !== this.#desk.lua) return;
    if (known.length === 0) return this.clear();
    const time = new Date().toLocaleTimeString();
    this.#moments.push({ n: known.at(-1).n, text: `${what}, ${time}` });
    this.#moments = this.#moments.filter(({ n }) => n >= known[0].n);
    this.#show();
  }

  #show() {
    const last = this.#moments.length - 1;
    this.#element.hidden = last < 1;
    this.#slider.max = Math.max(last, 0);
    this.#slider.value = this.#slider.max;
    this.#say();
  }

  /** @returns {{n: number, text: string} | undefined} the moment that is chosen */
  get #chosen() {
    return this.#moments[Number(this.#slider.value)];
  }

  #say() {
    const isNow = this.#chosen === this.#moments.at(-1);
    const earlier = counted(this.#moments.length - 1, "earlier moment");
    this.#what.textContent = isNow ? `Now; ${earlier}` : this.#chosen.text;
    this.#slider.setAttribute("aria-valuetext", this.#what.textContent);
    this.#back.disabled = isNow;
  }

  async #goBack() {
    if (this.#desk.isRunning()) return;
    const { n, text } = this.#chosen;
    await this.#desk.rewind(n);
    await this.note(`Back at ${text[0].toLowerCase()}${text.slice(1)}`);
    this.#slider.focus();
  }
}
