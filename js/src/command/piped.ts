// A session whose lines come from a pipe or a file: as `lua` has it, prompts are printed and lines are not.
import type { Console } from "./repl.ts";
import { type Input, write } from "./stdio.ts";

export class PipedConsole implements Console {
  readonly #input: Input;

  constructor(input: Input) {
    this.#input = input;
  }

  async line(prompt: string): Promise<string | null> {
    write(1, prompt);
    return (
      this.#input
        .line()
        ?.toString()
        .replace(/\r?\n$/, "") ?? null
    );
  }

  accepted(): void {}

  /** Ctrl-C ends this process. */
  whileRunning(): () => void {
    return () => {};
  }

  error(text: string): void {
    write(2, `${text}\n`);
  }

  end(): void {
    write(1, "\n");
  }
}
