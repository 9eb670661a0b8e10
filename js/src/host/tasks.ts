// `host.sleep`, `spawn`, `join` and `all`: what waits, and tasks that run beside the one that starts them. How a task is run
// is known to the session.
import { u32At } from "../bytes/byte-string.ts";
import type { Signal } from "../core/platform.ts";
import { HELD, NAMED } from "../core/ids.ts";
import { hasToken, scan } from "../values/message-scan.ts";
import { decodeResults } from "../values/results.ts";
import type { LuaFunctions } from "./lua-functions.ts";
import { type Call, alarm } from "./call.ts";
import type { Entry } from "./entries.ts";
import { Encoded } from "./encoded.ts";
import { LuaResults } from "./results.ts";

/** Starts tasks. */
export interface TaskRunner {
  /**
   * @param message of a function and its arguments
   * @param signal ends the task
   * @returns the message of its results
   */
  start(message: Uint8Array, signal?: Signal): Promise<Uint8Array>;
  functions: LuaFunctions;
  view(id: number): unknown;
  /** Nobody else hears of this error of a task. */
  report(error: unknown): void;
}

/** Results of tasks that nobody has asked for: those of older ones are forgotten. */
const MOST_ENDED = 1000;

/** A message of results. */
type Results = Promise<Uint8Array>;

/** The tasks of one Lua state. */
export class Tasks {
  readonly #runner: TaskRunner;
  #tasks = new Map<number, Results>();
  /** Numbers of those that have ended. */
  #ended = new Set<number>();
  /** Those that somebody waits for. */
  #joined = new Set<number>();
  #count = 0;

  constructor(runner: TaskRunner) {
    this.#runner = runner;
  }

  get entries(): Entry[] {
    return [
      { name: "sleep", options: { onRestore: "again" }, call: ([seconds], call) => sleep(seconds, call()) },
      { name: "spawn", options: {}, pass: message => this.#spawn(checkedCall(message).slice()) },
      { name: "join", options: {}, call: ([task]) => this.#join(task) },
      { name: "all", options: {}, pass: (message, call) => this.#all(message, call()) },
    ];
  }

  #spawn(message: Uint8Array): number {
    const id = ++this.#count;
    const results = this.#start(message);
    this.#tasks.set(id, results);
    results.then(
      () => this.#end(id),
      (error: unknown) => {
        if (!this.#joined.has(id)) this.#runner.report(error);
        this.#end(id);
      },
    );
    return id;
  }

  /** Functions in the message are held until it has ended, and those in its results from then on. */
  #start(message: Uint8Array, signal?: Signal): Results {
    const { functions } = this.#runner;
    const { references } = scan(message);
    for (const reference of references) functions.hold(reference);
    return this.#runner.start(message, signal).then(
      results => {
        const found = scan(results);
        for (const reference of found.references) functions.hold(reference);
        this.#drop(references);
        if (hasToken(results)) throw new TypeError("an object of the host cannot be a result of a task");
        if (found.hasShown) throw new TypeError("a coroutine or a userdata cannot be a result of a task");
        return results;
      },
      (error: unknown) => {
        this.#drop(references);
        throw error;
      },
    );
  }

  #drop(references: number[]): void {
    for (const reference of references) this.#runner.functions.drop(reference);
  }

  #end(id: number): void {
    // Who joins it may be stopped before it has the results.
    this.#ended.add(id);
    if (this.#ended.size <= MOST_ENDED) return;
    const [oldest] = this.#ended;
    this.#forget(oldest);
  }

  #forget(id: number): void {
    const results = this.#tasks.get(id);
    this.#tasks.delete(id);
    this.#ended.delete(id);
    this.#joined.delete(id);
    results?.then(
      message => this.#drop(scan(message).references),
      () => {},
    );
  }

  #join(task: unknown): Promise<Encoded> {
    const results = this.#tasks.get(task as number);
    if (!results) throw new Error(`there is no task ${String(task)}: it was joined, or ended long ago`);
    this.#joined.add(task as number);
    return results.then(
      message => new Encoded(message, () => this.#forget(task as number)),
      error => {
        this.#forget(task as number);
        throw error;
      },
    );
  }

  /** Waits for all; the first error ends the others. */
  async #all(message: Uint8Array, call: Call): Promise<LuaResults> {
    const functions = functionsIn(message);
    const stop = new AbortController();
    const end = () => stop.abort(call.signal.reason);
    call.signal.addEventListener("abort", end);
    const first = async (one: Uint8Array) => {
      const results = await this.#start(one, stop.signal);
      const [value] = this.#decode(results);
      this.#drop(scan(results).references);
      return value;
    };
    try {
      return new LuaResults(await Promise.all(functions.map(first)));
    } catch (error) {
      stop.abort(new Error("another of the functions of host.all failed"));
      throw error;
    } finally {
      call.signal.removeEventListener("abort", end);
    }
  }

  #decode(message: Uint8Array): unknown[] {
    return decodeResults(message, id => this.#runner.view(id), this.#runner.functions);
  }
}

/** @returns the same, if it begins with a function and can go back to Lua */
function checkedCall(message: Uint8Array): Uint8Array {
  if (message.length === 4 || !isFunction(message[4])) throw new TypeError("it takes a function, and arguments for it");
  if (scan(message).hasShown) throw new TypeError("a coroutine or a userdata cannot be an argument of a task");
  return message;
}

const isFunction = (tag: number): boolean => tag === HELD || tag === NAMED;

/** @returns for each function a message of it alone */
function functionsIn(message: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 4; at < message.length;) {
    if (!isFunction(message[at]))
      throw new TypeError(`argument ${found.length + 1} is no function: it takes functions only`);
    const size = message[at] === HELD ? 5 : 5 + u32At(message, at + 1);
    found.push(Uint8Array.of(1, 0, 0, 0, ...message.subarray(at, at + size)));
    at += size;
  }
  return found;
}

function sleep(seconds: unknown, call: Call): Promise<void> {
  if (typeof seconds !== "number" || !(seconds >= 0))
    throw new TypeError("it takes a number of seconds that is not negative");
  return new Promise(resolve => {
    const end = alarm(seconds * 1000 - call.waited, resolve);
    call.signal.addEventListener("abort", end, { once: true });
  });
}
