// The words of the command line: what they ask for. It reads them as `lua` does, and knows the long options that `lua` has not.
// It opens nothing.
import { UsageError } from "./errors.ts";
import { bytesIn, countIn, millisecondsIn } from "./units.ts";

/** Something that is done before the script, in the order of the words. */
export interface Action {
  option: "-e" | "-l" | "-W";
  /** Code, or a name. */
  text: string;
}

/** The long options. */
export interface Settings {
  /** Path; null: none, also for a session with a terminal. */
  store?: string | null;
  /** What the store keeps. */
  persist?: "tables" | "everything";
  /** Whether what the store has beside its tables is given up. */
  forgets?: boolean;
  /** Bytes. */
  memory?: number;
  /** VM instructions of one run. */
  steps?: number;
  /** Milliseconds of one run. */
  timeout?: number;
  readFolders: string[];
  writeFolders: string[];
  variables: string[];
}

export interface CommandLine {
  /** The program's name first. */
  words: string[];
  /** Where the script is; as many as there are words when there is none. */
  scriptAt: number;
  actions: Action[];
  isInteractive: boolean;
  showsVersion: boolean;
  ignoresEnvironment: boolean;
  showsHelp: boolean;
  settings: Settings;
}

type Reader = (settings: Settings, value: string) => void;

const reading =
  (name: "memory" | "steps" | "timeout", read: (text: string) => number | undefined, example: string): Reader =>
  (settings, value) => {
    settings[name] = read(value);
    if (settings[name] === undefined) throw new UsageError(`'--${name}' is '${value}', and must be such as ${example}`);
  };

/** Those that take a value. */
const VALUED: Record<string, Reader> = {
  "--store": (settings, value) => (settings.store = value),
  "--persist": (settings, value) => {
    if (value !== "tables" && value !== "everything")
      throw new UsageError(`'--persist' is '${value}', and must be tables or everything`);
    settings.persist = value;
  },
  "--memory": reading("memory", bytesIn, "64M"),
  "--steps": reading("steps", countIn, "1000000 or 10M"),
  "--timeout": reading("timeout", millisecondsIn, "500ms, 10s or 2m"),
  "--allow-read": (settings, value) => settings.readFolders.push(value),
  "--allow-write": (settings, value) => settings.writeFolders.push(value),
  "--allow-env": (settings, value) => settings.variables.push(...value.split(",")),
};

const SIMPLE: Record<string, (line: CommandLine) => unknown> = {
  "--no-store": ({ settings }) => (settings.store = null),
  "--forget": ({ settings }) => (settings.forgets = true),
  "--help": line => (line.showsHelp = true),
};

/** @param words without the program's name @throws {UsageError} */
export function readArguments(words: string[], program: string): CommandLine {
  const reading = new Reading([program, ...words]);
  while (reading.option());
  return reading.line;
}

class Reading {
  readonly line: CommandLine;
  /** Of the next word. */
  #at = 1;

  constructor(words: string[]) {
    this.line = {
      words,
      scriptAt: words.length,
      actions: [],
      isInteractive: false,
      showsVersion: false,
      ignoresEnvironment: false,
      showsHelp: false,
      settings: { readFolders: [], writeFolders: [], variables: [] },
    };
  }

  /** Reads an option. @returns whether there may be another one */
  option(): boolean {
    const { words } = this.line;
    const word = words[this.#at];
    if (word === undefined || word === "-" || !word.startsWith("-")) {
      this.line.scriptAt = this.#at;
      return false;
    }
    this.#at++;
    if (word === "--") this.line.scriptAt = this.#at;
    else if (word.startsWith("--")) this.#long(word);
    else this.#short(word);
    return word !== "--";
  }

  #long(word: string): void {
    const [, name, value] = /^([^=]*)(?:=(.*))?$/s.exec(word)!;
    if (SIMPLE[name!] && value === undefined) return void SIMPLE[name!]!(this.line);
    const read = VALUED[name!];
    if (!read) throw unknown(word);
    read(this.line.settings, value ?? this.#next(name!));
  }

  #short(word: string): void {
    const text = word.slice(2);
    const option = word.slice(0, 2);
    if (option === "-e" || option === "-l") {
      const rest = text === "" ? this.#next(option) : text;
      this.line.actions.push({ option, text: rest });
    } else if (text !== "") throw unknown(word);
    else this.#flag(option);
  }

  #flag(option: string): void {
    if (option === "-W") this.line.actions.push({ option, text: "" });
    else if (option === "-E") this.line.ignoresEnvironment = true;
    else if (option === "-i") this.line.isInteractive = this.line.showsVersion = true;
    else if (option === "-v") this.line.showsVersion = true;
    else throw unknown(option);
  }

  /** As in `lua`, an option is no value. */
  #next(option: string): string {
    const word = this.line.words[this.#at++];
    if (word === undefined || word.startsWith("-")) throw new UsageError(`'${option}' needs argument`);
    return word;
  }
}

const unknown = (word: string) => new UsageError(`unrecognized option '${word}'`);
