// A session with lines of code: reads them, has Lua run them, shows what comes of it. It does not know what a terminal is, nor
// what Lua runs in.
import { Exit, type Machine } from "./machine.ts";
import { REPL } from "./repl-lua.ts";

/** In the place of a line: Ctrl-C. */
export const INTERRUPTED: unique symbol = Symbol("interrupted");

/** Where lines come from, and where errors go. */
export interface Console {
  /** @returns a line without its end; null at the end of all */
  line(prompt: string): Promise<string | null | typeof INTERRUPTED>;
  /** Is called with each chunk's lines when they are to be run. */
  accepted(lines: string[]): void;
  /** While something runs: `stop` is called for a Ctrl-C. @returns ends that */
  whileRunning(stop: () => void): () => void;
  error(text: string): void;
  /** After the last line. */
  end(): void;
}

/** By kinds of values: what is between ESC [ and m. `dim` is for what is left out. */
export type Colours = Record<string, string>;

export const COLOURS: Colours = {
  nil: "90",
  boolean: "33",
  number: "33",
  string: "32",
  function: "36",
  thread: "36",
  userdata: "36",
  object: "35",
  dim: "90",
};

export interface ReplOptions {
  machine: Machine;
  console: Console;
  /** How values are shown: as Lua's own command does (false), as they are written in Lua (true), or that with colours. */
  style: Colours | boolean;
  /** @returns the text of an error */
  describe(error: unknown): string;
}

/** What a Ctrl-C ends a run with. */
class Interrupted extends Error {
  constructor() {
    super("interrupted!");
  }
}

export class Repl {
  readonly #machine: Machine;
  readonly #console: Console;
  readonly #style: ReplOptions["style"];
  readonly #describe: ReplOptions["describe"];

  constructor({ machine, console, style, describe }: ReplOptions) {
    this.#machine = machine;
    this.#console = console;
    this.#style = style;
    this.#describe = describe;
  }

  /** Until there are no lines any more. @throws {Exit} */
  async run(): Promise<void> {
    await this.#machine.add(REPL);
    while (await this.#chunk());
    this.#console.end();
  }

  /** Reads and runs a chunk. @returns whether there may be more */
  async #chunk(): Promise<boolean> {
    const [first, next] = await this.#prompts();
    const lines: string[] = [];
    for (;;) {
      const line = await this.#console.line(lines.length === 0 ? first : next);
      if (line === INTERRUPTED) return true;
      const isLast = line === null;
      if (isLast && lines.length === 0) return false;
      if (!isLast) lines.push(line);
      if (await this.#isDone(lines, isLast)) return true;
    }
  }

  /** Texts of globals, which may fail. */
  async #prompts(): Promise<[string, string]> {
    try {
      return (await this.#machine.call("prompts", [])) as [string, string];
    } catch (error) {
      if (error instanceof Exit) throw error;
      return ["> ", ">> "];
    }
  }

  /** @returns false when the lines are the beginning of something */
  async #isDone(lines: string[], isLast: boolean): Promise<boolean> {
    try {
      const [state, message] = await stoppable(this.#console, signal =>
        this.#machine.call("evaluate", [codeOf(lines), isLast, this.#style], { signal }),
      );
      if (state === "more") return false;
      if (state === "error") this.#console.error(String(message));
    } catch (error) {
      if (error instanceof Exit) throw error;
      this.#console.error(this.#describe(error));
    }
    this.#console.accepted(lines);
    return true;
  }
}

/** Does what a Ctrl-C stops. */
export async function stoppable<T>(console: Console, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const end = console.whileRunning(() => stop.abort(new Interrupted()));
  try {
    return await act(stop.signal);
  } finally {
    end();
  }
}

/** `=x` is `return x`, as in earlier versions of Lua. */
function codeOf(lines: string[]): string {
  const text = lines.join("\n");
  return text.startsWith("=") ? `return ${text.slice(1)}` : text;
}
