// What a run has printed: lines, of which the first and the last are kept. It knows no page.

/** Characters that are kept at the beginning, and as many at the end. */
export const KEPT = 2 ** 20;
/** Characters of one entry: a longer line is several. */
const LONGEST = 2 ** 14;

/** Entries are lines with their end, or pieces of long ones. */
export class OutputText {
  #head = [];
  #headSize = 0;
  #tail = [];
  #tailSize = 0;
  /** Entries of the tail that are gone. */
  #gone = 0;
  /** What has no end yet. */
  #open = "";
  /** Characters left out between the beginning and the end. */
  cut = 0;

  /** How many characters there are, without those left out. */
  get size() {
    return this.#headSize + this.#tailSize + this.#open.length;
  }

  /** How many entries there are. */
  get length() {
    return this.#head.length + (this.cut > 0 ? 1 : 0) + this.#tail.length - this.#gone + (this.#open ? 1 : 0);
  }

  /** @param {string} text */
  add(text) {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      this.#extend(text.slice(from, end + 1));
      this.#close();
      from = end + 1;
    }
    this.#extend(text.slice(from));
  }

  #extend(text) {
    for (let at = 0; at < text.length;) {
      const piece = text.slice(at, at + LONGEST - this.#open.length);
      this.#open += piece;
      at += piece.length;
      if (this.#open.length >= LONGEST) this.#close();
    }
  }

  #close() {
    const entry = this.#open;
    this.#open = "";
    if (entry === "") return;
    if (this.#tail.length === 0 && this.#headSize + entry.length <= KEPT) {
      this.#head.push(entry);
      this.#headSize += entry.length;
      return;
    }
    this.#tail.push(entry);
    this.#tailSize += entry.length;
    while (this.#tailSize > KEPT) this.#drop();
    if (this.#gone > 1000 && this.#gone * 2 > this.#tail.length) {
      this.#tail.splice(0, this.#gone);
      this.#gone = 0;
    }
  }

  #drop() {
    const { length } = this.#tail[this.#gone];
    this.#tail[this.#gone++] = "";
    this.#tailSize -= length;
    this.cut += length;
  }

  /** @param {number} at from 0 @returns {string} an entry */
  entry(at) {
    if (at < this.#head.length) return this.#head[at];
    let rest = at - this.#head.length;
    if (this.cut > 0 && rest-- === 0) return this.#gap();
    return this.#tail[this.#gone + rest] ?? this.#open;
  }

  #gap() {
    return `[... ${this.cut.toLocaleString("en")} characters are left out here ...]\n`;
  }

  /** All of it. */
  toString() {
    const gap = this.cut > 0 ? this.#gap() : "";
    return this.#head.join("") + gap + this.#tail.slice(this.#gone).join("") + this.#open;
  }
}
