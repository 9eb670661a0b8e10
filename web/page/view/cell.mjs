// A cell of the notebook: its editor, and what its last run printed, gave, or failed with. It knows how cells look, and not
// how they run.
import { PlainEditor } from "../editor/plain.mjs";
import { piecesOf } from "../logic/places.mjs";
import { stepsText, timeText } from "../logic/words.mjs";
import { make, signButton } from "./dom.mjs";
import { OutputView } from "./output-view.mjs";
import { ValuesView } from "./values-view.mjs";

/** Numbers cells for the life of the page. */
let cells = 0;

/**
 * What a cell asks for.
 * @typedef {object} CellActions
 * @property {(cell: Cell) => void} run @property {(cell: Cell) => void} remove
 * @property {(cell: Cell, by: number) => void} move @property {(cell: Cell) => void} addBelow
 * @property {(cell: Cell, isText: boolean) => void} changed @property {(event: KeyboardEvent, cell: Cell) => void} key
 * @property {(run: string, line: number) => boolean} goTo a place @property {(run: string) => boolean} knows a run
 * @property {(name: string, ...args: unknown[]) => Promise<any>} ask inspector.lua
 * @property {boolean} isReadOnly whether the text cannot be changed by hand @property {boolean} isFramed inside of another page
 */

export class Cell {
  #actions;
  #state = make("span", { className: "cell-state" });
  #run;
  #number = make("h2", { className: "cell-name" });
  #holder = make("div", { className: "editor" });
  #error = make("div", { className: "error", role: "alert", hidden: true });
  #result;
  #output = new OutputView();
  #values;
  #shown = make("div", { className: "shown" });
  #label = "";

  /** @param {{code: string, head: number}} kept @param {CellActions} actions */
  constructor({ code, head }, actions) {
    this.id = ++cells;
    this.#actions = actions;
    this.#values = new ValuesView(actions.ask);
    this.#run = make(
      "button",
      { type: "button", className: "run", click: () => actions.run(this), disabled: true },
      "Run",
    );
    this.#run.setAttribute("aria-disabled", "false");
    this.#result = make(
      "div",
      { className: "result", role: "group", "aria-label": "Output" },
      this.#output.element,
      this.#shown,
      this.#values.element,
    );
    this.element = make(
      "section",
      { className: "cell", role: "group" },
      this.#head(),
      this.#holder,
      this.#error,
      this.#result,
    );
    this.#use(new PlainEditor(this.#editorOptions(code, head)));
  }

  #head() {
    const { move, addBelow, remove } = this.#actions;
    return make(
      "div",
      { className: "cell-head" },
      this.#run,
      this.#number,
      this.#state,
      make(
        "span",
        { className: "cell-tools" },
        signButton("↑", "Move cell up", () => move(this, -1)),
        signButton("↓", "Move cell down", () => move(this, 1)),
        signButton("+", "Add a cell below", () => addBelow(this)),
        signButton("×", "Delete cell", () => remove(this)),
      ),
    );
  }

  #editorOptions(code, head) {
    return {
      code,
      head,
      isReadOnly: this.#actions.isReadOnly,
      label: this.#label,
      onChange: isText => this.#actions.changed(this, isText),
      onKey: event => this.#actions.key(event, this),
    };
  }

  #use(editor) {
    this.editor = editor;
    this.#holder.replaceChildren(editor.element);
  }

  /** Puts the better editor in the place of the plain one, which nobody notices. */
  upgrade(CodeEditor, language) {
    this.editor.whenComposed(() => this.#upgrade(CodeEditor, language));
  }

  #upgrade(CodeEditor, language) {
    const { code, selection, hasFocus, marked } = this.editor;
    const better = new CodeEditor({ ...this.#editorOptions(code, selection.head), language });
    const plain = this.editor;
    this.#use(better);
    better.select(selection);
    if (marked) better.mark(marked.line, marked.message);
    if (hasFocus) better.focus();
    plain.destroy();
  }

  /** @param {number} number from 1 @param {number} count of all cells */
  setPlace(number, count) {
    this.#label = count === 1 ? "Lua code" : `Lua code of cell ${number}`;
    this.editor.label = this.#label;
    this.#number.textContent = `Cell ${number}`;
    this.element.setAttribute("aria-label", `Cell ${number}`);
  }

  get kept() {
    return { code: this.editor.code, head: this.editor.selection.head };
  }

  /** @param {boolean} canRun @param {"" | "queued" | "running"} state */
  showState(canRun, state) {
    this.#run.disabled = !canRun;
    this.#run.setAttribute("aria-disabled", String(state !== ""));
    this.element.dataset.state = state;
    if (state === "queued") this.#state.textContent = "waits for its turn";
  }

  /** @param {string} text what the cell is doing or did */
  say(text) {
    this.#state.textContent = text;
  }

  focusRun() {
    this.#run.focus();
  }

  // A run.

  begin(run) {
    this.clearResult();
    this.say(run);
    this.#result.setAttribute("aria-busy", "true");
  }

  clearResult() {
    this.editor.clearMark();
    this.#error.hidden = true;
    this.#error.replaceChildren();
    this.#output.clear();
    this.#values.clear();
    this.#shown.replaceChildren();
  }

  /** @param {string} text just printed */
  print(text) {
    this.#output.add(text);
  }

  /** What the last run printed. @returns {string} */
  get printed() {
    return this.#output.text;
  }

  /** @param {HTMLElement} picture or table or question */
  show(picture) {
    // What was printed before is above it, and would push it down later.
    this.#output.show();
    this.#shown.append(picture);
    return picture;
  }

  /** @param {string} run @param {{milliseconds: number, steps: number}} took */
  end(run, { milliseconds, steps }) {
    this.#output.show();
    this.#result.removeAttribute("aria-busy");
    const time = make("span", { className: "whole" }, timeText(milliseconds));
    this.#state.replaceChildren(`${run}, `, time, make("span", { className: "steps" }, `, ${stepsText(steps)}`));
  }

  /** @param {object[]} values as inspector.lua describes them @param {number | bigint} [exit] */
  async showValues(values, exit) {
    this.#output.show();
    if (exit !== undefined) return this.say(`ended with os.exit(${exit})`);
    await this.#values.show(values);
    this.#reveal(this.#values.element);
  }

  /** Lua was restarted: what is shown of its tables stays as it is, and unfolds no more. */
  forget() {
    this.#values.forget();
  }

  /** Values of its last run that are kept tables are shown as they are now. */
  refresh() {
    return this.#values.refresh();
  }

  /** @param {{message: string, traceback?: string}} error @param {number} line of this cell; -1: none */
  showError({ message, traceback = "" }, line) {
    this.#output.show();
    this.#error.replaceChildren(
      make("p", { className: "message" }, ...this.#linked(message)),
      ...(traceback ? [make("pre", { className: "traceback" }, ...this.#linked(traceback))] : []),
    );
    this.#error.hidden = false;
    if (line > 0) this.editor.mark(line, message.replace(/^run \d+:\d+: /, ""));
    this.#reveal(this.#error);
  }

  /** Not in a frame: the page around it would be moved, too. */
  #reveal(element) {
    if (!this.#actions.isFramed) element.scrollIntoView({ block: "nearest" });
  }

  #linked(text) {
    return piecesOf(text).map(piece => {
      if (piece.run === undefined || !this.#actions.knows(piece.run)) return piece.text;
      const go = () => this.#actions.goTo(piece.run, piece.line);
      const label = `Go to ${piece.run}, line ${piece.line}`;
      return make("button", { type: "button", className: "place", click: go, title: label }, piece.text);
    });
  }
}
