// The options of `open`, `openImage`, `openWorker`, `run` and `runGc`: their names, and the values that each can have. It does
// not know what they do. `store`, `name` and `whenBusy` are checked where stores are opened, `wasm` where it is loaded.

import { encoder } from "../bytes/utf8.ts";
import { inPage } from "../core/environment.ts";
import type { Signal } from "../core/platform.ts";
import type { WasmSource } from "../core/wasm.ts";
import type { HostFunctions } from "../host/entries.ts";
import type { ExposeError } from "../host/errors.ts";
import type { LuaModules } from "../host/modules.ts";
import { Encoded } from "../host/encoded.ts";
import { LuaFunction } from "../host/lua-function.ts";
import type { StoreOptions } from "../stores/store.ts";

/** Of what runs Lua. */
export interface StepOptions {
  /** Called with text while the script prints it. */
  onOutput?: (text: string) => void;
  /** Milliseconds, those that a run waits included. */
  timeout?: number;
  /** Stops the run, or its waiting, at once. */
  signal?: Signal;
}

export interface EvalOptions extends Omit<StepOptions, "signal"> {
  /** What `...` is in the script: as arguments of {@link LuaSession.call}. */
  args?: readonly unknown[];
  /** Of the source, for messages and `source` of errors: 1 to 59 bytes. Default `run 1`, `run 2` … */
  name?: string;
  /**
   * Called while it runs with the steps that it has taken so far: VM instructions, counted in fifty thousands, and long work of
   * library functions as comparable ones. In a Worker some times a second, and at its end.
   */
  onSteps?: (steps: number) => void;
}

/**
 * `signal`: in the page's own thread it stops a run that waits, and one that runs when something calls the page meanwhile; the tasks
 * that this has begun, too. Once it has ended they go on by themselves.
 */
export interface RunOptions extends EvalOptions, Pick<StepOptions, "signal"> {
  /**
   * `"fresh"`: the run has globals of its own, and the libraries as they were at the first such run, which it cannot change.
   * `Memory` and `host` are those of all.
   */
  env?: "fresh";
}

/** The same: in a Worker a signal stops any run at once. */
export interface WorkerRunOptions extends RunOptions {}

export interface GcOptions {
  /** Milliseconds for finalizers and all else. Default: that of `open`; of a plain LuaPersistent none. */
  timeout?: number;
  /**
   * Stops it, or its waiting, at once with the signal's reason. In the thread that runs Lua, only a listener that finalizers
   * print to can abort it meanwhile.
   */
  signal?: Signal;
}

export interface OpenOptions extends StoreOptions, Omit<StepOptions, "signal"> {
  /**
   * Functions that Lua can call: `{ now: () => Date.now(), http: { text: async url => … } }` are `host.now()` and
   * `host.http.text(url)`. Arguments and results are copies; where a function returns a promise, the script waits.
   */
  host?: HostFunctions;
  /** What `require` finds: sources by name, or a function that gives the source of a name. */
  modules?: LuaModules;
  /** What scripts are told of an error of a function of the host. Default: its message, name and code, never its stack. */
  exposeError?: ExposeError;
  /** Calls of functions of the host by one run, until it waits. Default 1,000,000. */
  callLimit?: number;
  /** Calls of functions of the host that are not answered. Default 10,000. */
  waitingLimit?: number;
  /** Bytes of the arguments of one such call, and of its results. Default 16 Mi. */
  callBytesLimit?: number;
  /** Default: as for {@link LuaPersistent.load}. */
  wasm?: WasmSource | Promise<WasmSource>;
  /**
   * What outlives the page. `"tables"`, the default: `Memory` and all other external tables. `"everything"`: globals, functions,
   * coroutines and calls of the host that wait, too; opening it again goes on with all of them. A store with a program that is
   * opened for its tables can only be read.
   */
  persist?: "tables" | "everything";
  /** The program that the store has is given up, also when it is damaged; its tables are kept. */
  discardProgram?: boolean;
  /** Undo the changes of a run that fails: to external tables, not to Lua's globals. Default false. */
  rollbackOnError?: boolean;
  /** Called with the bytes of all output while scripts print it: it need not be text. */
  onOutputBytes?: (bytes: Uint8Array) => void;
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

export interface WorkerOptions extends Omit<OpenOptions, "interrupt" | "onOutputBytes"> {
  /** Goes on from an image of `saveImage`, as {@link LuaPersistent.openImage} does. */
  image?: ArrayBuffer | ArrayBufferView;
  /** Called when the worker was lost and Lua was restarted: globals are lost, tables are as committed. */
  onRestart?: (why: unknown) => void;
}

/** Those that `open` was given, and the defaults of some. */
export type Settings = OpenOptions & Required<Pick<OpenOptions, keyof typeof DEFAULTS | "warmUp">>;

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
  persist: [value => value === "tables" || value === "everything", '"tables" or "everything"'],
  discardProgram: [isBoolean, "true or false"],
  rollbackOnError: [isBoolean, "true or false"],
  onOutput: [isFunction, "a function"],
  onOutputBytes: [isFunction, "a function"],
  outputLimit: [isCount, "a positive whole number of characters"],
  memoryLimit: [isCount, "a positive whole number of bytes"],
  tableLimit: [isCount, "a positive whole number of bytes"],
  instructionLimit: [isCount, "a positive whole number of instructions"],
  timeout: [isPositive, "a positive number of milliseconds"],
  interrupt: [isFunction, "a function"],
  host: [anything],
  modules: [value => isFunction(value) || tagOf(value) === "Object", "an object with sources, or a function"],
  exposeError: [isFunction, "a function"],
  callLimit: [isCount, "a positive whole number of calls"],
  waitingLimit: [isCount, "a positive whole number of calls"],
  callBytesLimit: [isCount, "a positive whole number of bytes"],
  warmUp: [isBoolean, "true or false"],
  wasmHash: [
    value => /^[0-9a-f]{16}$/.test(value as string),
    "16 hexadecimal digits, as wasmHash of an opened LuaPersistent",
  ],
};

/** Lua cuts longer names, and the line of an error is found by the name. */
export const isChunkName = (value: unknown): boolean =>
  typeof value === "string" && /^[^\0\r\n]+$/.test(value) && encoder.encode(value).length < 60;

/** @throws {TypeError} this is no name or no code of a task */
export function checkTask(name: unknown, code: unknown): void {
  if (!isChunkName(name))
    throw new TypeError(`task: the name of a task is a text of 1 to 59 bytes without line breaks`);
  if (typeof code !== "string" && !(code instanceof LuaFunction))
    throw new TypeError(`task takes Lua code as a string, or a function that Lua gave, not ${typeof code}`);
}

const EVAL: { [Name in keyof Required<EvalOptions>]: Check } = {
  args: [value => Array.isArray(value) || value instanceof Encoded, "an array of values"],
  name: [isChunkName, "a text of 1 to 59 bytes without line breaks"],
  onOutput: OPEN.onOutput,
  onSteps: [isFunction, "a function"],
  timeout: OPEN.timeout,
};

const RUN: { [Name in keyof Required<RunOptions>]: Check } = {
  ...EVAL,
  signal: OPEN.signal,
  env: [value => value === "fresh", '"fresh", or left out'],
};

/** Options that a worker does not get: the page's own, and functions. */
export const OF_PAGE: (keyof OpenOptions)[] = [
  ...(["wasm", "wasmHash", "store", "lock", "signal", "onOutput", "interrupt"] as const),
  ...(["host", "modules", "exposeError"] as const),
];

/** Limits, when nobody says otherwise: characters, bytes, calls. */
const DEFAULTS = {
  outputLimit: 16 * 1024 * 1024,
  tableLimit: 256 * 1024 * 1024,
  callLimit: 1_000_000,
  waitingLimit: 10_000,
  callBytesLimit: 16 * 1024 * 1024,
};

/**
 * @param method for messages
 * @param others options that this method has beside these
 * @returns without those that are undefined
 * @throws {TypeError} naming the option
 */
export const readOpenOptions = (options?: OpenOptions, method = "open", others: string[] = []): Settings =>
  // By a spread each would have a shape of its own in Node 20, which takes as much as five of these.
  Object.assign({}, DEFAULTS, { warmUp: inPage }, read(options, OPEN, { method, place: "the argument", others }));

/** @throws {TypeError} naming the option */
export const readRunOptions = (options?: RunOptions, method = "run"): RunOptions =>
  read(options, RUN, { ...IN_RUN, method });

/** @throws {TypeError} naming the option */
export const readEvalOptions = (options?: EvalOptions): EvalOptions =>
  read(options, EVAL, { ...IN_RUN, method: "eval" });

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
  const names = () => [...Object.keys(known), ...others];
  if (tagOf(options) !== "Object") {
    throw new TypeError(
      `${method}: ${place} is ${shown(options)}, and must be an object with options (${names().join(", ")})`,
    );
  }
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(options)) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (!Object.prototype.hasOwnProperty.call(known, name)) {
      const all = names();
      throw new TypeError(`${method}: there is no option '${name}'${meant(name, all)}, only ${all.join(", ")}`);
    }
    const [fits, words] = known[name];
    if (!fits(value)) throw new TypeError(`${method}: ${name} is ${shown(value)}, and must be ${words}`);
    found[name] = value;
  }
  return found;
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
