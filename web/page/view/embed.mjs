// The page inside of another one: what that one asks for by messages, and what it is told. It hears nobody but the page around
// it, and has nothing of the visitor's own notebooks.
import { embedName, embedOptions, originAround, readMessage } from "../logic/embed.mjs";
import { notebookOf } from "../logic/notebook.mjs";
import { valueText } from "../logic/values.mjs";
import { fragmentOf } from "../logic/share.mjs";
import { element, make } from "./dom.mjs";
import { attempt } from "./said.mjs";
import "./later.mjs";

const around = window.parent === window ? null : window.parent;
/** Of the page around; until the first message it may be unknown. */
let origin = originAround(location, document.referrer);

/** @returns {Promise<EmbedOptions & {name: string | null, connect: (...parts) => Embed}>} name: of what is kept */
export async function embedSettings() {
  const options = embedOptions(location.search);
  const { dataset } = document.documentElement;
  dataset.embed = options.hasViewer ? "viewer" : "";
  if (options.isReadOnly) dataset.readonly = "";
  return {
    ...options,
    name: around && (await embedName(origin, options.keep)),
    connect: (...parts) => new Embed(...parts),
  };
}

/** @param {object} message with `lua`, its kind */
function tell(message) {
  const isTold = origin !== null && origin !== "null";
  around?.postMessage(message, isTold ? origin : "*");
}

class Embed {
  #book;
  #desk;
  #actions;
  /** Runs that were asked for and have not ended: ids, and the cells that they are of. @type {{id: unknown, cells: Cell[]}[]} */
  #asked = [];

  /** @param {Book} book @param {Desk} desk @param {{run(cells: Cell[]): void, stop(): void}} actions */
  constructor(book, desk, actions) {
    this.#book = book;
    this.#desk = desk;
    this.#actions = actions;
    addEventListener("message", event => this.#hear(event));
    this.#showLink();
    new ResizeObserver(() => this.#tellHeight()).observe(document.body);
  }

  /** Lua is there. */
  begin() {
    tell({ lua: "ready", cells: this.#book.cells.length });
  }

  /** @param {Cell} cell @param {{values: object[], error: Error | null, milliseconds: number}} outcome of its run */
  ended(cell, { values, error, milliseconds }) {
    const { id } = this.#asked.find(({ cells }) => cells.includes(cell)) ?? {};
    tell({
      lua: "result",
      id,
      cell: this.#book.cells.indexOf(cell) + 1,
      output: cell.printed,
      values: values.map(value => ({ type: value.k, text: valueText(value) })),
      error: error && { message: error.message, traceback: error.traceback ?? "" },
      milliseconds,
    });
  }

  /** Nothing runs, and nothing waits for its turn. */
  idle() {
    for (const { id } of this.#asked.splice(0)) tell({ lua: "done", id });
  }

  #hear({ source, origin: from, data }) {
    if (around === null || source !== around || (origin !== null && from !== origin)) return;
    const message = readMessage(data, this.#book.cells.length);
    if (!message) return;
    origin = from;
    const { id } = data;
    if (message.problem) tell({ lua: "problem", id, message: message.problem });
    else this[message.kind](data).catch(error => tell({ lua: "problem", id, message: error.message }));
  }

  // What can be asked for.

  async set({ id, cells }) {
    this.#book.replace(notebookOf(cells));
    tell({ lua: "done", id });
  }

  async run({ id, cell }) {
    if (!this.#desk.lua) throw new Error('Lua is not there yet: wait for "ready"');
    const cells = cell === undefined ? [...this.#book.cells] : [this.#book.cells[cell - 1]];
    this.#asked.push({ id, cells });
    this.#actions.run(cells);
  }

  async get({ id }) {
    tell({ lua: "cells", id, cells: this.#book.notebook.cells.map(({ code }) => code) });
  }

  async stop({ id }) {
    this.#actions.stop();
    tell({ lua: "done", id });
  }

  async restart({ id }) {
    if (!this.#desk.lua) throw new Error('Lua is not there yet: wait for "ready"');
    this.#actions.stop();
    await this.#desk.attempt(() => this.#desk.lua.restart(), "Restarting");
    tell({ lua: "done", id });
  }

  #tellHeight() {
    tell({ lua: "height", height: document.body.scrollHeight });
  }

  /** A way to the whole page, with these cells. */
  #showLink() {
    const open = async () => {
      // At once: later the browser does not take it for an answer to a click.
      const tab = window.open("about:blank");
      if (!tab) return;
      tab.opener = null;
      tab.location = new URL(`./${await fragmentOf(this.#book.notebook)}`, location.href.replace(/[?#].*/, ""));
    };
    const link = make("button", { type: "button", click: () => attempt(open) }, "Open in a page of its own");
    element("restart").after(link);
  }
}
