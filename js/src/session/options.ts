// The options of `open`, `openImage`, `openWorker`, `run` and `runGc`: their names, and the values that each can have. It does
// not know what they do. `store`, `name` and `whenBusy` are checked where stores are opened, `wasm` where it is loaded.

import { encoder } from "../bytes/utf8.ts";
import { inPage } from "../core/environment.ts";
import type { Signal } from "../core/platform.ts";
import type { WasmSource } from "../core/wasm.ts";
import type { StoreOptions } from "../stores/store.ts";

export interface RunOptions {
  /** Of the source, for messages and `source` of errors: 1 to 59 bytes. Default `run 1`, `run 2` … */
  name?: string;
  /** Called with text while the script prints it. */
  onOutput?: (text: string) => void;
  /** Milliseconds. */
  timeout?: number;
}

export interface WorkerRunOptions extends RunOptions {
  /** Stops the run, or its waiting, at once. */
  signal?: Signal;
}

export interface GcOptions {
  /** Milliseconds for finalizers and all else. Default: that of `open`; of a plain LuaPersistent none. */
  timeout?: number;
  /**
   * Stops it, or its waiting, at once with the signal's reason. In the thread that runs Lua, only a listener that finalizers
   * print to can abort it meanwhile.
   */
  signal?: Signal;
}

export interface OpenOptions extends StoreOptions, Omit<RunOptions, "name"> {
  /** Default: as for {@link LuaPersistent.load}. */
  wasm?: WasmSource | Promise<WasmSource>;
  /** Undo the changes of a run that fails: to external tables, not to Lua's globals. Default false. */
  rollbackOnError?: boolean;
  /** Characters of output that `run` and `eval` give back. Default 16 Mi. */
  outputLimit?: number;
  /** Bytes that Lua may hold. */
  memoryLimit?: number;
  /**
   * Bytes in all external tables, of keys and values, and 64 for each key. Default 256 Mi. A store or an image that has more is
   * not opened; changes that free room always work.
   */
  tableLimit?: number;
  /** VM instructions of one run. */
  instructionLimit?: number;
  /** Asked every few milliseconds while Lua runs: true stops the run. */
  interrupt?: () => boolean;
  /**
   * Whether some 30 ms of idle time, in pieces, are spent on making later runs faster: engines compile functions that have run
   * often once more. Default true in a page and its workers, false elsewhere.
   */
  warmUp?: boolean;
  /** For images, when `wasm` is a WebAssembly.Module: the `wasmHash` of one opened from the same bytes. */
  wasmHash?: string;
}

export interface WorkerOptions extends Omit<OpenOptions, "interrupt"> {
  /** Goes on from an image of `saveImage`, as {@link LuaPersistent.openImage} does. */
  image?: ArrayBuffer | ArrayBufferView;
  /** Called when the worker was lost and Lua was restarted: globals are lost, tables are as committed. */
  onRestart?: (why: unknown) => void;
}

/** Those that `open` was given, and the defaults of some. */
export type Settings = OpenOptions & Required<Pick<OpenOptions, "outputLimit" | "tableLimit" | "warmUp">>;

/** A test, and the words that say what would pass it. */
type Check = [fits: (value: unknown) => boolean, words?: string];

const isPositive = (value: unknown) => typeof value === "number" && value > 0;
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
const isFunction = (value: unknown) => typeof value === "function";
const isBoolean = (value: unknown) => typeof value === "boolean";
const anything = () => true;

/** The values that each option can have. */
const OPEN: { [Name in keyof Required<OpenOptions>]: Check } = {
  wasm: [anything],
  store: [anything],
  name: [anything],
  whenBusy: [anything],
  lock: [isBoolean, "true or false"],
  signal: [value => value instanceof AbortSignal, "an AbortSignal"],
  rollbackOnError: [isBoolean, "true or false"],
  onOutput: [isFunction, "a function"],
  outputLimit: [isCount, "a positive whole number of characters"],
  memoryLimit: [isCount, "a positive whole number of bytes"],
  tableLimit: [isCount, "a positive whole number of bytes"],
  instructionLimit: [isCount, "a positive whole number of instructions"],
  timeout: [isPositive, "a positive number of milliseconds"],
  interrupt: [isFunction, "a function"],
  warmUp: [isBoolean, "true or false"],
  wasmHash: [
    value => /^[0-9a-f]{16}$/.test(value as string),
    "16 hexadecimal digits, as wasmHash of an opened LuaPersistent",
  ],
};

/** Lua cuts longer names, and the line of an error is found by the name. */
const isChunkName = (value: unknown) =>
  typeof value === "string" && /^[^\0\r\n]+$/.test(value) && encoder.encode(value).length < 60;

const RUN: { [Name in keyof Required<RunOptions>]: Check } = {
  name: [isChunkName, "a text of 1 to 59 bytes without line breaks"],
  onOutput: OPEN.onOutput,
  timeout: OPEN.timeout,
};

/** Options that a worker does not get: the page's own, and functions. */
export const OF_PAGE: (keyof OpenOptions)[] = ["wasm", "wasmHash", "store", "lock", "signal", "onOutput", "interrupt"];

/** Characters of output that a run keeps, by default. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/** Bytes in all external tables, by default. */
const TABLE_LIMIT = 256 * 1024 * 1024;

/**
 * @param method for messages
 * @param others options that this method has beside these
 * @returns without those that are undefined
 * @throws {TypeError} naming the option
 */
export const readOpenOptions = (options?: OpenOptions, method = "open", others: string[] = []): Settings => ({
  outputLimit: OUTPUT_LIMIT,
  tableLimit: TABLE_LIMIT,
  warmUp: inPage,
  ...read(options, OPEN, { method, place: "the argument", others }),
});

/** @throws {TypeError} naming the option */
export const readRunOptions = (options?: RunOptions): RunOptions => read(options, RUN, IN_RUN);

/** The same in a worker, with `signal`. @throws {TypeError} naming the option */
export const readWorkerRunOptions = (options?: WorkerRunOptions): WorkerRunOptions =>
  read(options, { ...RUN, signal: OPEN.signal }, IN_RUN);

/** @throws {TypeError} naming the option */
export const readGcOptions = (options?: GcOptions): GcOptions =>
  read(options, { timeout: OPEN.timeout, signal: OPEN.signal }, { method: "runGc", place: "the argument" });

const IN_RUN: Place = { method: "run", place: "the second argument" };

/** A method, what messages call its argument, and further options that it has. */
interface Place {
  method: string;
  place: string;
  others?: string[];
}

function read(options: object = {}, known: Record<string, Check>, { method, place, others = [] }: Place): object {
  const names = [...Object.keys(known), ...others];
  if (tagOf(options) !== "Object") {
    throw new TypeError(
      `${method}: ${place} is ${shown(options)}, and must be an object with options (${names.join(", ")})`,
    );
  }
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (!Object.keys(known).includes(name)) {
      throw new TypeError(`${method}: there is no option '${name}'${meant(name, names)}, only ${names.join(", ")}`);
    }
    const [fits, words] = known[name];
    if (!fits(value)) throw new TypeError(`${method}: ${name} is ${shown(value)}, and must be ${words}`);
  }
  return Object.fromEntries(entries);
}

/** @returns the nearest name, unless none is near */
function meant(name: string, names: string[]): string {
  if (name.length > 40) return "";
  const far = (known: string) => distance(name.toLowerCase(), known.toLowerCase());
  const [nearest] = names.map((known): [number, string] => [far(known), known]).sort(([a], [b]) => a - b);
  return nearest[0] <= Math.max(1, name.length / 3) ? ` (did you mean ${nearest[1]}?)` : "";
}

/** How many characters must be changed, inserted or deleted to make the one text of the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++)
      next.push(Math.min(row[j] + (from[i] === to[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1));
    row = next;
  }
  return row[to.length];
}

/** `Object` of all that can be options: a Map or a signal in their place would be taken for none. */
const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return `${/^[AEIO]/.test(tagOf(value)) ? "an" : "a"} ${tagOf(value).replace(/^(Array|Object)$/, name => name.toLowerCase())}`;
}
