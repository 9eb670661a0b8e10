// Shows what a run prints. A little is text that wraps; much is a list of which only what is in view is made, so that
// 100,000 lines take no longer than ten. It knows no Lua.
import { OutputText } from "../logic/output.mjs";
import { counted, sizeText, timeForNames } from "../logic/words.mjs";
import { download, make } from "./dom.mjs";

/** Beyond these the list takes over. */
const FEW_ENTRIES = 1000;
const FEW_CHARACTERS = 100_000;
/** Characters of a line that are shown in the list. */
const LONGEST_SHOWN = 2000;
/** Lines above and below what is in view. */
const MARGIN = 20;

/** The output of one cell. */
export class OutputView {
  #text = new OutputText();
  #plain = make("div", { className: "printed" });
  #list = make("div", { className: "printed list", tabIndex: 0, role: "group", "aria-label": "Lines", hidden: true });
  #tall = make("div", { className: "tall" });
  #bar;
  #size = make("span", { className: "quiet" });
  /** What came since the last frame. */
  #fresh = "";
  #isAwaited = false;
  /** Pixels. */
  #line = 0;
  /** Entries for which there is room in the list. */
  #listed = 0;

  constructor() {
    this.#list.append(this.#tall);
    this.#list.addEventListener("scroll", () => this.#showLines());
    this.#bar = make(
      "div",
      { className: "bar", hidden: true },
      this.#size,
      make("button", { type: "button", click: event => this.#copy(event), "aria-label": "Copy output" }, "Copy"),
      make("button", { type: "button", click: () => this.#download(), "aria-label": "Save output" }, "Save"),
      make("button", { type: "button", click: () => this.clear(), "aria-label": "Clear output" }, "Clear"),
    );
    this.element = make("div", { className: "output", hidden: true }, this.#plain, this.#list, this.#bar);
  }

  clear() {
    this.#text = new OutputText();
    this.#fresh = "";
    this.#plain.textContent = "";
    this.#tall.replaceChildren();
    this.#list.hidden = this.element.hidden = this.#bar.hidden = true;
    this.#plain.hidden = false;
  }

  /** All that was printed, or both ends of it. */
  get text() {
    return String(this.#text);
  }

  /** @param {string} text just printed */
  add(text) {
    this.#text.add(text);
    this.#fresh += text;
    if (this.#fresh.length > FEW_CHARACTERS) this.#fresh = "";
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    requestAnimationFrame(() => this.show());
  }

  /** At once, and not with the next frame. */
  show() {
    this.#isAwaited = false;
    const { length, size, cut } = this.#text;
    if (length === 0) return;
    const isMuch = length > FEW_ENTRIES || size > FEW_CHARACTERS;
    this.element.hidden = this.#bar.hidden = false;
    this.#size.textContent = length > 10 ? `${counted(length, "line")}, ${sizeText(size + cut)}` : "";
    if (!isMuch) this.#showPlain();
    else this.#showList();
    this.#fresh = "";
  }

  #showPlain() {
    const isAtEnd = isScrolledDown(this.#plain);
    this.#plain.append(this.#fresh);
    if (isAtEnd) this.#plain.scrollTop = this.#plain.scrollHeight;
  }

  #showList() {
    const wasPlain = this.#list.hidden;
    this.#list.hidden = false;
    this.#plain.hidden = true;
    this.#plain.textContent = "";
    this.#line ||= parseFloat(getComputedStyle(this.#list).lineHeight) || 20;
    const isAtEnd = wasPlain || isScrolledDown(this.#list);
    this.#listed = this.#text.length;
    this.#tall.style.height = `${this.#listed * this.#line}px`;
    if (isAtEnd) this.#list.scrollTop = this.#list.scrollHeight;
    this.#showLines();
  }

  #showLines() {
    const { scrollTop, clientHeight } = this.#list;
    const first = Math.max(0, Math.floor(scrollTop / this.#line) - MARGIN);
    const end = Math.min(this.#listed, Math.ceil((scrollTop + clientHeight) / this.#line) + MARGIN);
    const lines = [];
    for (let at = first; at < end; at++) lines.push(shown(this.#text.entry(at)));
    const block = make("div", { className: "lines", textContent: lines.join("\n") });
    block.style.top = `${first * this.#line}px`;
    this.#tall.replaceChildren(block);
  }

  async #copy({ currentTarget: button }) {
    const copied = navigator.clipboard?.writeText(this.#text.toString()) ?? Promise.reject(new Error("not here"));
    button.textContent = await copied.then(
      () => "Copied",
      () => "Not possible here",
    );
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }

  #download() {
    download(`lua-output-${timeForNames(Date.now())}.txt`, this.#text.toString(), "text/plain");
  }
}

const isScrolledDown = ({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight > scrollHeight - 30;

function shown(entry) {
  const line = entry.endsWith("\n") ? entry.slice(0, -1) : entry;
  return line.length > LONGEST_SHOWN
    ? `${line.slice(0, LONGEST_SHOWN)} … (${counted(line.length, "character")})`
    : line;
}
