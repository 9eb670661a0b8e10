// What is around Lua: pipes and files for a program that runs to its end; a terminal, or lines from a pipe, for a session.
import { join } from "node:path";
import { isatty } from "node:tty";
import process from "node:process";
import type { OpenOptions } from "../index.ts";
import type { WhenBusy } from "../stores/store.ts";
import type { CommandLine } from "./arguments.ts";
import { completions } from "./completion.ts";
import { HOST_NAMES } from "./host.ts";
import { History } from "./history.ts";
import type { Machine } from "./machine.ts";
import { PipedConsole } from "./piped.ts";
import { COLOURS, type Console, Repl, type ReplOptions, stoppable } from "./repl.ts";
import type { Stoppable } from "./runner.ts";
import { type Input, write } from "./stdio.ts";
import { dataFolder } from "./stores.ts";
import { Terminal } from "./terminal.ts";

/** How a store was opened. */
interface Opened {
  isReadOnly: boolean;
  persist: "tables" | "everything";
}

export interface Surroundings {
  inWorker: boolean;
  output: Pick<OpenOptions, "onOutput" | "onOutputBytes">;
  /** Gives more bytes, or text; null at the end. */
  stdin(): unknown;
  stoppable: Stoppable;
  /** The store when the words say nothing of it; null: none. */
  store: string | null;
  whenBusy: WhenBusy;
  announce(store: string, opened: Opened): void;
  /** The session, after all else. */
  converse(machine: Machine): Promise<void>;
}

const hasCode = ({ actions }: CommandLine): boolean => actions.some(({ option }) => option === "-e");

/** Nothing says what is to be run, so standard input does. */
const isEmpty = (line: CommandLine): boolean =>
  line.scriptAt === line.words.length && !hasCode(line) && !line.showsVersion;

export const hasSession = (line: CommandLine): boolean => line.isInteractive || (isEmpty(line) && isatty(0));

export const readsInput = (line: CommandLine): boolean => isEmpty(line) && !isatty(0);

/** For a program that runs to its end. At a terminal, output is seen before input is waited for: Lua hands it on when it waits. */
export const batch = (input: Input): Surroundings => ({
  inWorker: false,
  output: { onOutputBytes: bytes => write(1, bytes) },
  stdin: isatty(0) ? async () => input.read() : () => input.read(),
  stoppable: act => act(undefined),
  store: null,
  whenBusy: "wait",
  announce: () => {},
  converse: async () => {},
});

/** For a session. It has a worker, so that Ctrl-C is heard while Lua runs. */
export function session(input: Input, describe: ReplOptions["describe"]): Surroundings {
  let machine: Machine | undefined;
  const isTerminal = isatty(0) && isatty(1);
  const terminal = isTerminal
    ? new Terminal(new History(join(dataFolder(), "history")), line =>
        completions(line, (...args) => machine!.call(...args), HOST_NAMES),
      )
    : null;
  const console: Console = terminal ?? new PipedConsole(input);
  return {
    inWorker: true,
    output: { onOutput: text => write(1, text) },
    // A line each time: the next one is the session's.
    stdin: terminal ? () => terminal.read() : async () => input.line(),
    stoppable: act => stoppable(console, act),
    store: join(dataFolder(), "memory"),
    whenBusy: "readOnly",
    announce: (store, opened) => write(1, announcement(store, opened)),
    async converse(opened) {
      machine = opened;
      await new Repl({ machine, console, style: terminal ? styleOf(process.env) : false, describe }).run();
    },
  };
}

function announcement(store: string, { isReadOnly, persist }: Opened): string {
  if (isReadOnly) return `Nothing is kept, because another process writes to it, or keeps more than tables: ${store}\n`;
  return persist === "tables"
    ? `Memory is kept: ${store}\n`
    : `Memory and all else is kept (--forget: begin anew): ${store}\n`;
}

const styleOf = ({ NO_COLOR, TERM }: NodeJS.ProcessEnv): ReplOptions["style"] =>
  NO_COLOR || TERM === "dumb" ? true : COLOURS;
