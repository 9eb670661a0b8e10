// The types of a session's answers, and of what our own modules use of it.
import type { Restored } from "../host/entries.ts";
import type { LuaFunctions } from "../host/lua-functions.ts";
import type { Noted } from "../host/notes.ts";
import type { Arguments } from "../host/side.ts";
import type { SaidError } from "../values/results.ts";
import type { LuaValue } from "../values/types.ts";
import type { Statistics } from "./lua-persistent.ts";
import type { LuaTask } from "./lua-task.ts";
import type { RunOptions } from "./options.ts";
import type { MadeOptions } from "./services.ts";

/** `T`: the values' types, if the caller knows them. */
export interface RunResult<T extends unknown[] = LuaValue[]> {
  /** All that was printed. */
  output: string;
  /** None after `os.exit`. */
  values: T;
  /**
   * Only after `os.exit(code)`, which ends a run at once and is no error: 0 for true and for none, 1 for false. With another
   * code than 0, `rollbackOnError` undoes the run as one that failed.
   */
  exit?: number | bigint;
}

export interface SessionStatistics extends Statistics {
  /** Bytes that Lua holds. */
  luaBytes: number;
  /** Bytes of the module's memory. */
  linearBytes: number;
  /** Bytes in all keys and values of external tables. */
  externalBytes: number;
  /** The store's label, such as `IndexedDB store 'default'`. */
  store: string;
  /** Whether the store has all that the tables have. */
  isDurable: boolean;
  /** Names of the functions of the host that runs wait for, as Lua has them. */
  waits: string[];
}

/** How messages of lua.wasm are decoded. A worker hands their bytes on. */
export interface Messages {
  results(bytes: Uint8Array): unknown;
  error(bytes: Uint8Array): Omit<SaidError<unknown>, "value"> & { value: unknown };
  /** Whether a run that was stopped leaves no changes, as in a worker that had to be ended. */
  undoesStopped?: boolean;
  /** Lua is another one: functions that it gave are gone. */
  forget?(): void;
  /** Is called with errors of tasks that nobody joins. Default: as an error that nobody catches. */
  report?(error: unknown): void;
}

/** What our own modules use of a session beside its methods. */
export interface SessionInternals {
  /** As run. @param onWait is called when it waits for the first time */
  run(code: string, options: RunOptions & MadeOptions, onWait: () => void): Promise<RunResult>;
  /** As eval, for what can wait. */
  eval(code: string, options: RunOptions & MadeOptions, onWait: () => void): Promise<string>;
  /** Calls a function, whose message with its arguments this is. */
  call(message: Uint8Array, options: MadeOptions, onWait: () => void): Promise<RunResult>;
  /** As migrate with code. */
  migrate(code: string, options: RunOptions & MadeOptions): Promise<RunResult>;
  runGc(options: MadeOptions): Promise<void>;
  /** As task. @param message of code or a function, and its arguments */
  task(name: string, message: Uint8Array): LuaTask;
  tasks(): LuaTask[];
  /** Does code that a path stands for, at once. @returns as Messages has it */
  at(name: string, source: string, args: Arguments): unknown;
  /** Goes on with what waited when an image was saved, or a program was stored. */
  adopt(noted: Noted, by: Restored): void;
  functions: LuaFunctions;
  /** When what waits in a program that is kept goes on, as Date.now(): 0 when that is up to the host, Infinity when nothing waits. */
  readonly wakesAt: number;
}
