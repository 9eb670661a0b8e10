// The editor of the page: a textarea with line numbers beside it and a mark on one line. It knows nothing of Lua.

/** A textarea, and the two elements that are drawn around its lines. */
export class Editor {
  #text;
  #lines;
  #mark;

  /** @param {{text: HTMLTextAreaElement, lines: HTMLElement, mark: HTMLElement}} elements */
  constructor({ text, lines, mark }) {
    this.#text = text;
    this.#lines = lines;
    this.#mark = mark;
    text.addEventListener("scroll", () => this.#follow());
    text.addEventListener("input", () => {
      this.clearMark();
      this.#number();
    });
    this.#number();
  }

  get code() {
    return this.#text.value;
  }

  #number() {
    const numbers = this.code.split("\n").map((_, i) => i + 1);
    this.#lines.textContent = numbers.join("\n");
    this.#follow();
  }

  #follow() {
    this.#lines.scrollTop = this.#text.scrollTop;
    this.#mark.style.setProperty("--scrolled", `${this.#text.scrollTop}px`);
  }

  /**
   * Marks a line as wrong, until the text is changed.
   * @param {number} line from 1
   * @returns {boolean} false when there is no such line
   */
  mark(line) {
    this.clearMark();
    if (!(line >= 1 && line <= this.code.split("\n").length)) return false;
    this.#mark.style.setProperty("--at", line - 1);
    this.#mark.hidden = false;
    this.#text.setAttribute("aria-invalid", "true");
    this.#show(line);
    this.#follow();
    return true;
  }

  clearMark() {
    this.#mark.hidden = true;
    this.#text.removeAttribute("aria-invalid");
  }

  /** Brings the cursor there, with the line selected. @param {number} line from 1 */
  select(line) {
    const lines = this.code.split("\n");
    const start = lines.slice(0, line - 1).reduce((length, text) => length + text.length + 1, 0);
    this.#text.focus();
    this.#text.setSelectionRange(start, start + lines[line - 1].length);
    this.#show(line);
  }

  /** Scrolls to a line that is not to be seen. */
  #show(line) {
    const { clientHeight, scrollTop } = this.#text;
    const { lineHeight, paddingTop } = getComputedStyle(this.#text);
    const top = parseFloat(paddingTop) + (line - 1) * parseFloat(lineHeight);
    const isSeen = top >= scrollTop && top + parseFloat(lineHeight) <= scrollTop + clientHeight;
    if (!isSeen) this.#text.scrollTop = top - clientHeight / 3;
  }
}
