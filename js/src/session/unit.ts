// One unit of work: one eval of lua.wasm, of which the store gets all changes or none, and what comes of it. It does not know
// what is asked of lua.wasm, nor when.
import type { Answer, LuaInstance } from "../core/instance.ts";
import type { LoadedWasm } from "../core/loaded-wasm.ts";
import type { HostSide } from "../host/side.ts";
import type { Persistence } from "../stores/persistence.ts";
import { exitCode } from "../values/results.ts";
import type { KeptProgram } from "./program.ts";
import { runError } from "./run-error.ts";
import type { HostServices, Run } from "./services.ts";
import type { Messages, RunResult } from "./types.ts";

/** The parts of a session, ready to run. */
export interface Made {
  instance: LuaInstance;
  services: HostServices;
  persistence: Persistence;
  wasm: LoadedWasm;
  /** What was asked for: a program that goes on can be of another one. */
  given: LoadedWasm;
  host: HostSide;
  /** What the store keeps beside tables; null when it keeps only these. */
  program: KeptProgram | null;
}

/** A run between two evals. */
export interface Waiting {
  run: Run;
  /** Of the chunk. */
  name: string;
  /** Whether functions of whatever chunks are called. */
  isCall?: boolean;
}

/** One eval. */
export interface Step extends Waiting {
  ask(step: Step): Answer;
  /** The first one of a fresh Lua state: what begins with an error does not go on. */
  isAnew?: boolean;
  /** Whether it is of no interest to whoever goes back: it reads, or collects garbage. */
  isQuiet?: boolean;
}

/** The result of a unit of work. */
export interface Done {
  step: Step;
  results: Uint8Array;
  answer: Answer;
  exit?: number | bigint;
}

/** No values. */
const NO_RESULTS = new Uint8Array(4);

/** Does one unit of work after the other. */
export class Units {
  readonly #instance: LuaInstance;
  readonly #services: HostServices;
  readonly #persistence: Persistence;
  readonly #host: HostSide;
  readonly #messages: Messages;
  #isRunning = false;
  /** Is called before each. */
  onBegin: ((step: Pick<Step, "name" | "isQuiet" | "isAnew">) => void) | null = null;

  constructor({ instance, services, persistence, host }: Made, messages: Messages) {
    this.#instance = instance;
    this.#services = services;
    this.#persistence = persistence;
    this.#host = host;
    this.#messages = messages;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** @param what cannot be done while Lua is running */
  refuseIfRunning(what: string): void {
    if (this.#isRunning) throw new Error(`${what} while Lua is running: wait until the call that runs it has returned`);
  }

  /** Has failed, for `rollbackOnError`, what ends by an error or by a code that is not 0. */
  do(step: Step): Done {
    if (this.#instance.failure) throw this.#instance.failure;
    const { run, name } = step;
    this.onBegin?.(step);
    run.name = name;
    this.#host.functions.flush();
    this.#services.enter(run);
    this.#isRunning = true;
    this.#persistence.begin();
    let isDone = false;
    try {
      const answer = step.ask(step);
      const { isError } = answer;
      const exit = isError && run.error ? exitCode(run.error) : undefined;
      isDone = !isError || exit === 0;
      if (isError && exit === undefined) throw runError(step, answer.text, this.#messages, this.#instance);
      return { step, results: run.results ?? NO_RESULTS, answer, exit };
    } catch (error) {
      run.watch?.failed(error);
      throw error;
    } finally {
      if (!isDone && step.isAnew) this.#instance.failure ??= notBegun();
      if (isDone) this.#persistence.succeed();
      else this.#fail(run);
      this.#services.end();
      if (run.ticket === 0) run.left(!isDone && run.failure !== null);
      this.#isRunning = false;
      if (this.#instance.failure) this.#host.calls.abandonAll(this.#instance.failure, true);
    }
  }

  #fail(run: Run): void {
    const isUndone = run.wasStopped && this.#messages.undoesStopped === true;
    if (this.#persistence.fail({ undo: this.#instance.failure !== null || isUndone }))
      this.#services.collector?.abort();
  }

  /** A call of an export by the user. */
  outside(call: () => void): void {
    if (this.#isRunning) return;
    this.#services.beginOutside();
    try {
      call();
    } finally {
      this.#services.end();
    }
  }

  /** @returns all that was printed, and the values */
  result<T extends unknown[]>(done: Done): RunResult<T> {
    const { exit, step } = done;
    const result: RunResult<T> = { output: step.run.output.finish(), values: this.values(done) as T };
    if (exit !== undefined) result.exit = exit;
    return result;
  }

  /** @returns the values alone */
  values({ step: { run }, results }: Done): unknown[] {
    const values = this.#messages.results(results) as unknown[];
    run.output.finish();
    if (run.output.failure) throw run.output.failure.error;
    return values;
  }

  /** @returns all output, then the returned values */
  text({ step: { run }, results, answer }: Done): string {
    // What is in the buffer is another's once a listener has made Lua run.
    const returned = answer.isError ? "" : answer.text;
    this.#host.pass(results);
    const output = run.output.finish();
    if (run.output.failure) throw run.output.failure.error;
    if (answer.isError) return output;
    const hasValues = results.subarray(0, 4).some(byte => byte !== 0);
    return output + (hasValues && output !== "" && !output.endsWith("\n") ? "\n" : "") + returned;
  }
}

const notBegun = () =>
  new Error(
    "the start script of the new lua.wasm has failed, and nothing was changed: call migrate again, or open again",
  );
