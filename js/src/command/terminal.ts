// A session at a terminal: lines are edited, completed and remembered. While something runs the terminal is as every program has
// it, so that Ctrl-C is a signal, and what is typed ahead stays there.
import process from "node:process";
import { type Interface, createInterface } from "node:readline";
import { type History, MOST } from "./history.ts";
import { type Console, INTERRUPTED } from "./repl.ts";
import { write } from "./stdio.ts";

type Line = string | null | typeof INTERRUPTED;

/** @returns the names that the end of a line can become, and that end */
export type Complete = (line: string) => Promise<[string[], string]>;

export class Terminal implements Console {
  readonly #history: History;
  readonly #complete: Complete;
  #remembered: string[];
  #interface: Interface | null = null;
  /** Typed or pasted, and not yet asked for. */
  #lines: string[] = [];
  #answer: ((line: Line) => void) | null = null;
  /** What a Ctrl-C stops. */
  #stop: (() => void) | null = null;
  /** Whether what is typed is code, and not input of a script. */
  #isCode = true;

  constructor(history: History, complete: Complete) {
    this.#history = history;
    this.#complete = complete;
    this.#remembered = history.load();
    process.on("SIGINT", () => this.#stop?.());
  }

  async line(prompt: string): Promise<Line> {
    const typed = this.#lines.shift();
    if (typed !== undefined) return typed;
    return this.#ask(prompt, true);
  }

  /** For `io.read`. @returns a line with its end; null at the end of a file, which Ctrl-D types */
  async read(): Promise<string | null> {
    const line = this.#lines.shift() ?? (await this.#ask("", false));
    if (line !== INTERRUPTED) return line === null ? null : `${line}\n`;
    this.#stop?.();
    return null;
  }

  async #ask(prompt: string, isCode: boolean): Promise<Line> {
    this.#isCode = isCode;
    const opened = this.#open();
    process.stdin.setRawMode(true);
    opened.setPrompt(prompt);
    const answer = new Promise<Line>(resolve => (this.#answer = resolve));
    opened.prompt();
    const line = await answer;
    this.#rest();
    return line;
  }

  /** Ctrl-D closes it. */
  #open(): Interface {
    if (this.#interface) return this.#interface;
    const opened = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      history: this.#remembered,
      historySize: MOST,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: Error | null, found: [string[], string]) => void) =>
        this.#complete(this.#isCode ? line : "").then(
          found => done(null, found),
          () => done(null, [[], line]),
        ),
    });
    opened.on("line", line => this.#give(line));
    opened.on("SIGINT", () => this.#interrupt(opened));
    opened.on("history", lines => this.#remember(lines));
    opened.on("close", () => {
      this.#interface = null;
      this.#give(null);
    });
    return (this.#interface = opened);
  }

  /** What scripts read is none of the lines of code. */
  #remember(lines: string[]): void {
    if (!this.#isCode) lines.shift();
    this.#remembered = [...lines];
  }

  #give(line: Line): void {
    const answer = this.#answer;
    this.#answer = null;
    if (answer) answer(line);
    else if (typeof line === "string") this.#lines.push(line);
  }

  /** Gives up what was typed. */
  #interrupt(opened: Interface): void {
    opened.write(null, { ctrl: true, name: "e" });
    opened.write(null, { ctrl: true, name: "u" });
    write(1, "\n");
    this.#give(INTERRUPTED);
  }

  /** The terminal is as it was. */
  #rest(): void {
    this.#interface?.pause();
    process.stdin.setRawMode(false);
  }

  accepted(lines: string[]): void {
    this.#history.add(lines);
  }

  whileRunning(stop: () => void): () => void {
    this.#stop = stop;
    return () => (this.#stop = null);
  }

  error(text: string): void {
    write(2, `${text}\n`);
  }

  end(): void {
    this.#rest();
    write(1, "\n");
  }
}
