// What `lua` does with its words before it becomes interactive (lua.c): the variable LUA_INIT, options with code, the script.
// It does not know what a session with a terminal is.
import { readFileSync } from "node:fs";
import process from "node:process";
import { bytesWithoutFirstLine } from "../host/modules.ts";
import type { Action, CommandLine } from "./arguments.ts";
import { CommandError } from "./errors.ts";
import type { Machine } from "./machine.ts";
import type { Input } from "./stdio.ts";

/** In the order in which they are looked for. */
const INIT_VARIABLES = ["LUA_INIT_5_4", "LUA_INIT"];

/** How `lua` says why a file cannot be opened. */
const REASONS: Record<string, string> = {
  ENOENT: "No such file or directory",
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ENOTDIR: "Not a directory",
};

/** Does what runs Lua, possibly with a signal that stops it. */
export type Stoppable = <T>(act: (signal: AbortSignal | undefined) => Promise<T>) => Promise<T>;

export class Runner {
  readonly #machine: Machine;
  readonly #input: Input;
  readonly #stoppable: Stoppable;

  constructor(machine: Machine, input: Input, stoppable: Stoppable) {
    this.#machine = machine;
    this.#input = input;
    this.#stoppable = stoppable;
  }

  /** Sets `arg`: the script is at 0, its arguments are after it, and what was before is at negative numbers. */
  async setArguments({ words, scriptAt }: CommandLine): Promise<void> {
    const zero = scriptAt === words.length ? 0 : scriptAt;
    await this.#machine.set("arg", new Map(words.map((word, at) => [at - zero, word])));
  }

  async runInit(): Promise<void> {
    const name = INIT_VARIABLES.find(variable => process.env[variable] !== undefined);
    const text = name && process.env[name];
    if (!text) return;
    if (text.startsWith("@")) await this.runFile(text.slice(1));
    else await this.#run(text, `=${name}`);
  }

  async act({ option, text }: Action): Promise<void> {
    if (option === "-e") await this.#run(text, "=(command line)");
    else if (option === "-W") await this.#run("warn('@on')", "=(command line)");
    else await this.#call("library", globalAndModule(text));
  }

  /** The script, with its arguments; `-` is standard input, unless `--` comes before it. */
  async runScript({ words, scriptAt }: CommandLine): Promise<void> {
    const path = words[scriptAt]!;
    if (path === "-" && words[scriptAt - 1] !== "--") await this.runInput(true);
    else await this.#run(readScript(path), `@${path}`, true);
  }

  async runInput(hasArguments = false): Promise<void> {
    await this.#run(bytesWithoutFirstLine(this.#input.all()), "=stdin", hasArguments);
  }

  async runFile(path: string): Promise<void> {
    await this.#run(readScript(path), `@${path}`);
  }

  async #run(source: string | Uint8Array, name: string, hasArguments = false): Promise<void> {
    const [problem] = await this.#call("execute", [source, name, hasArguments]);
    if (problem !== undefined) throw new CommandError(textIn(problem));
  }

  #call(name: string, args: unknown[]): Promise<unknown[]> {
    return this.#stoppable(signal => this.#machine.call(name, args, { signal }));
  }
}

/** A message with bytes that are no text. */
const textIn = (message: unknown): string =>
  message instanceof Uint8Array ? new TextDecoder().decode(message) : String(message);

/** Of `g=mod`, or of `mod`, whose global is its name up to a `-`. */
function globalAndModule(text: string): [string, string] {
  const [, global, module] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  return module === undefined ? [text.split("-")[0]!, text] : [global!, module];
}

function readScript(path: string): Uint8Array {
  try {
    return bytesWithoutFirstLine(readFileSync(path));
  } catch (error) {
    const verb = error.code === "EISDIR" ? "read" : "open";
    throw new CommandError(
      `cannot ${verb} ${path}${REASONS[error.code] ? `: ${REASONS[error.code]}` : ` (${error.message})`}`,
    );
  }
}
