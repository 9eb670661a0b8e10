// The editor before the better one has arrived, and where that does not: a textarea. It has the same methods. It knows nothing of
// Lua.
import { make } from "../view/dom.mjs";

/** @typedef {{code: string, head: number, isReadOnly: boolean, label: string, onChange(isText: boolean): void, onKey(event: KeyboardEvent): void}} EditorOptions */

/** A textarea that is as high as its text. */
export class PlainEditor {
  #text;
  #wrong = null;
  #isComposing = false;
  #mark = make("div", { className: "wrong-line", hidden: true });

  /** @param {EditorOptions} options */
  constructor({ code, head, isReadOnly, label, onChange, onKey }) {
    this.#text = make("textarea", {
      "aria-label": label,
      "aria-describedby": "run-keys",
      value: code,
      readOnly: isReadOnly,
      spellcheck: false,
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
      input: () => {
        this.clearMark();
        this.#grow();
        onChange(true);
      },
      keydown: onKey,
      compositionstart: () => (this.#isComposing = true),
      compositionend: () => (this.#isComposing = false),
      scroll: () => this.#place(),
    });
    this.#text.setSelectionRange(head, head);
    this.element = make("div", { className: "plain" }, this.#mark, this.#text);
    this.#grow();
  }

  #grow() {
    this.#text.rows = Math.max(3, this.code.split("\n").length);
  }

  /** Does something when no text is being composed, which is several keys for a character. @param {() => void} act */
  whenComposed(act) {
    if (!this.#isComposing) return act();
    this.#text.addEventListener("compositionend", () => setTimeout(act), { once: true });
    return undefined;
  }

  get code() {
    return this.#text.value;
  }

  get selection() {
    return { anchor: this.#text.selectionStart, head: this.#text.selectionEnd };
  }

  select({ anchor, head }) {
    this.#text.setSelectionRange(Math.min(anchor, head), Math.max(anchor, head));
  }

  get hasFocus() {
    return document.activeElement === this.#text;
  }

  set label(label) {
    this.#text.setAttribute("aria-label", label);
  }

  focus() {
    this.#text.focus();
  }

  /** Brings the cursor there, with the line selected. @param {number} line from 1 */
  selectLine(line) {
    const lines = this.code.split("\n");
    const start = lines.slice(0, line - 1).reduce((length, text) => length + text.length + 1, 0);
    this.focus();
    this.#text.setSelectionRange(start, start + lines[line - 1].length);
  }

  /** Marks a line as wrong, until the text is changed. @param {number} line from 1 @param {string} message */
  mark(line, message) {
    this.#wrong = { line, message };
    this.#text.setAttribute("aria-invalid", "true");
    this.#mark.hidden = false;
    this.#mark.style.setProperty("--at", String(line - 1));
    this.#place();
  }

  clearMark() {
    this.#wrong = null;
    this.#text.removeAttribute("aria-invalid");
    this.#mark.hidden = true;
  }

  get marked() {
    return this.#wrong;
  }

  #place() {
    this.#mark.style.setProperty("--scrolled", `${this.#text.scrollTop}px`);
  }

  destroy() {
    this.element.remove();
  }
}
