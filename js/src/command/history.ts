// The lines of earlier sessions, in a file: one each, the newest last. A history that cannot be kept is none, and no error.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Lines that are kept. */
export const MOST = 1000;
/** Lines in the file at which the oldest are dropped. */
const TOO_MANY = 2 * MOST;
/** For whoever owns the file alone: lines may hold secrets. */
const MODE = 0o600;

export class History {
  readonly #path: string;
  #last = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns the newest first */
  load(): string[] {
    const lines = this.#lines();
    if (lines.length > TOO_MANY) quietly(() => writeFileSync(this.#path, textOf(lines.slice(-MOST)), { mode: MODE }));
    this.#last = lines.at(-1) ?? "";
    return lines.slice(-MOST).reverse();
  }

  #lines(): string[] {
    const text = quietly(() => readFileSync(this.#path, "utf8")) ?? "";
    return text.split("\n").filter(line => line !== "");
  }

  /** Neither empty lines, nor one twice. */
  add(lines: string[]): void {
    const added = lines.filter(line => line.trim() !== "" && line !== this.#last && (this.#last = line) !== "");
    if (added.length === 0) return;
    quietly(() => {
      mkdirSync(dirname(this.#path), { recursive: true });
      appendFileSync(this.#path, textOf(added), { mode: MODE });
    });
  }
}

const textOf = (lines: string[]): string => lines.map(line => `${line}\n`).join("");

function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
