// Runs from their beginning to their durable end, in as many steps as they wait: each begins in its turn, and while it waits
// for a call of the host others run.
import { u32At } from "../bytes/byte-string.ts";
import { lenient } from "../bytes/utf8.ts";
import { STRING } from "../core/ids.ts";
import type { LuaInstance } from "../core/instance.ts";
import type { Signal } from "../core/platform.ts";
import type { Call } from "../host/call.ts";
import { Encoded } from "../host/encoded.ts";
import type { Restored } from "../host/entries.ts";
import type { LuaFunction } from "../host/lua-function.ts";
import type { Noted } from "../host/notes.ts";
import type { TaskWatch } from "../host/task.ts";
import type { Arguments, HostSide } from "../host/side.ts";
import type { Persistence } from "../stores/persistence.ts";
import { LuaLimitError } from "../values/errors.ts";
import { decodeResults } from "../values/results.ts";
import type { Commits } from "./commits.ts";
import type { EvalOptions, RunOptions } from "./options.ts";
import type { Requests } from "./requests.ts";
import type { HostServices, MadeOptions, Run } from "./services.ts";
import type { Sweeping } from "./sweeping.ts";
import { type Turns, closed } from "./turns.ts";
import type { Done, Made, Step, Units, Waiting } from "./unit.ts";
import { placeStop, whenDecided } from "./waits.ts";

/** What becomes of a run: it has ended, or waits. */
type State<T> = { result: T; waits: null } | { waits: Waiting };

/** Who wants to know how a run ends. */
interface Ending<T> {
  /** Makes the result. */
  finish(done: Done): T;
  resolve(result: T): void;
  reject(error: unknown): void;
}

/** Milliseconds for what is to be done when a run that waits is stopped: its variables are closed. */
const CANCEL_TIMEOUT = 1000;

/** What runs are done with. */
export interface RunParts {
  units: Units;
  requests: Requests;
  turns: Turns;
  sweeping: Sweeping;
  commits: Commits;
}

/** Those of one session. */
export class Runs {
  readonly #instance: LuaInstance;
  readonly #services: HostServices;
  readonly #persistence: Persistence;
  readonly #host: HostSide;
  readonly #parts: RunParts;
  /** Whether a store keeps what waits. */
  readonly #isKept: boolean;
  /** How many there were: their names. */
  #count = 0;

  constructor({ instance, services, persistence, host, program }: Made, parts: RunParts) {
    this.#instance = instance;
    this.#services = services;
    this.#persistence = persistence;
    this.#host = host;
    this.#parts = parts;
    this.#isKept = program !== null;
  }

  /** A step of the next run. */
  #newStep({ name, isCall, ...options }: EvalOptions & MadeOptions, ask: Step["ask"]): Step {
    this.#count++;
    return { run: this.#services.make(options), name: name ?? `run ${this.#count}`, isCall, ask };
  }

  #asksCode(code: string, args: Arguments, env: RunOptions["env"]): Step["ask"] {
    const { requests } = this.#parts;
    return step => (env ? requests.fresh(step, code, args) : requests.chunk(step, code, args));
  }

  /** Runs code when everything before it has run. @param onWait is called when it waits for the first time */
  code<T>(
    code: string,
    { args = [], env, ...others }: Omit<RunOptions, "args"> & MadeOptions & { args?: Arguments },
    finish: (done: Done) => T,
    onWait: (() => void) | null = null,
  ): Promise<T> {
    const ask = this.#asksCode(code, args, env);
    const begin = () => {
      const step = this.#newStep(others, ask);
      step.run.onWait = onWait;
      return step;
    };
    return this.#task(begin, finish, others.signal);
  }

  /**
   * Runs code in a fresh Lua state. Where that fails, its changes of tables are undone, and nothing can run but this again.
   * @param prepare gives what begins with the state at once
   */
  anew<T>(
    prepare: () => Promise<() => void>,
    code: string,
    { args = [], env, ...others }: Omit<RunOptions, "args"> & MadeOptions & { args?: Arguments },
    finish: (done: Done) => T,
  ): Promise<T> {
    const ask = this.#asksCode(code, args, env);
    const first = async () => {
      const begin = await prepare();
      const work = () => {
        begin();
        return this.#parts.units.do({ ...this.#newStep(others, ask), isAnew: true });
      };
      return this.#durably(work, finish);
    };
    return this.#toItsEnd(first, finish, others.signal);
  }

  /** Runs code at once: what would wait is an error. */
  codeNow(code: string, { args = [], ...others }: EvalOptions): Done {
    return this.#now(() => {
      const step = this.#newStep(others, step => this.#parts.requests.chunk(step, code, args, "run"));
      step.run.cannotWait = "it answers with a promise, for which eval does not wait: use run";
      return step;
    });
  }

  /** Does code that a path stands for, at once. */
  path(name: string, source: string, args: Arguments): Done {
    const ask = (step: Step) => this.#parts.requests.path(step, source, args);
    return this.#now(() => ({ run: this.#services.make({}), name, isQuiet: source.startsWith("return "), ask }));
  }

  /** Calls in its turn what a path from a global stands for, or a function. */
  callee<T>(callee: string | LuaFunction, args: unknown[], finish: (done: Done) => T): Promise<T> {
    const { requests } = this.#parts;
    const isPath = typeof callee === "string";
    const ask = (step: Step) =>
      isPath ? requests.chunk(step, `return ${callee}(...)`, args) : requests.call(step, callee, args);
    const step = { run: this.#services.make({}), name: isPath ? `call ${callee}` : "call", isCall: true, ask };
    return this.#toItsEnd(() => this.#durably(step, finish), finish, undefined);
  }

  /** Calls a function in its turn. @param message of it and its arguments @param onWait is called when it waits for the first time */
  call<T>(message: Uint8Array, options: MadeOptions, finish: (done: Done) => T, onWait: () => void): Promise<T> {
    const begin = () => {
      const run = this.#services.make(options);
      run.onWait = onWait;
      return this.#callStep(run, "call", message);
    };
    return this.#task(begin, finish, options.signal);
  }

  /** A function that a script runs beside itself, with the options of its run; or a task that has a name, with those of `open`. */
  spawn(message: Uint8Array, watch: TaskWatch): void {
    const parent = this.#services.run;
    const { signal } = watch;
    const isBeside = watch.name === "";
    const begin = () => {
      const run = isBeside ? this.#services.beside(parent, signal) : this.#services.make({ signal });
      run.isRenewed = !isBeside || this.#isKept;
      run.watch = watch;
      const { ask, ...step } = this.#taskStep(run, message);
      return {
        ...step,
        ask: (step: Step) => {
          watch.begun();
          return ask(step);
        },
      };
    };
    const ends = this.#task(begin, ({ results }) => watch.ended(results), signal);
    tell(watch, ends);
    if (!isBeside) return;
    const ended = parent.started(watch);
    ends.then(ended, ended);
  }

  /** @param message of a function or code, and arguments */
  #taskStep(run: Run, message: Uint8Array): Step {
    const code = codeIn(message);
    if (!code) return this.#callStep(run, "task", message);
    const ask = (step: Step) => this.#parts.requests.chunk(step, code.source, code.args);
    return { run, name: run.watch!.name, ask };
  }

  #callStep(run: Run, name: string, message: Uint8Array): Step {
    return { run, name, isCall: true, ask: step => this.#parts.requests.callMessage(step, message) };
  }

  /** Collects all garbage in its turn. */
  collect<T>(options: MadeOptions, finish: (done: Done) => T): Promise<T> {
    const ask = ({ run }: Step) => {
      this.#instance.collect();
      return { isError: run.error !== null || run.wasStopped, text: "interrupted" };
    };
    return this.#task(
      () => ({ run: this.#services.make(options), name: "", isQuiet: true, ask }),
      finish,
      options.signal,
    );
  }

  /** Does a step at once, also before runs that wait. */
  #now(begin: () => Step): Done {
    const { turns, units, sweeping } = this.#parts;
    if (turns.closing) throw closed();
    units.refuseIfRunning("Lua code cannot be run");
    const done = units.do(begin());
    sweeping.ran();
    return done;
  }

  /** Runs a task to its end: others run while it waits. */
  #task<T>(begin: () => Step, finish: (done: Done) => T, signal?: Signal): Promise<T> {
    return this.#toItsEnd(() => this.#durably(begin(), finish), finish, signal);
  }

  /** @param first the first unit of work, in its turn */
  #toItsEnd<T>(
    first: () => State<T> | Promise<State<T>>,
    finish: (done: Done) => T,
    signal: Signal | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (state: State<T>): void => this.#settle(state, { finish, resolve, reject });
      this.#parts.turns.begin(first, settle, reject, signal);
    });
  }

  /** As `#toItsEnd`, of one that waits. */
  #toItsEndFrom<T>(waits: Waiting, finish: (done: Done) => T): Promise<T> {
    return new Promise((resolve, reject) => this.#wait(waits, { finish, resolve, reject }));
  }

  /** It has ended, or waits. */
  #settle<T>(state: State<T>, ending: Ending<T>): void {
    if (state.waits === null) ending.resolve(state.result);
    else this.#wait(state.waits, ending);
  }

  /** Goes on with what waited when an image was saved, or a program was stored. @param failed is called with errors */
  adopt(noted: Noted, by: Restored, failed: (error: unknown) => void): void {
    for (const { call, watch } of this.#host.adopt(noted, by)) {
      const run = this.#services.make({ signal: watch?.signal });
      run.ticket = call.ticket;
      run.watch = watch;
      run.isRenewed = by !== "image";
      const waits = { run, name: call.run ?? "image", isCall: true };
      const ends = this.#toItsEndFrom(waits, ({ results }) => watch?.ended(results));
      if (watch) tell(watch, ends);
      else ends.catch((error: unknown) => run.isGone || failed(error));
    }
  }

  /** Goes on with a run when it need not wait any more. */
  #wait<T>(waiting: Waiting, ending: Ending<T>): void {
    const { finish, reject } = ending;
    const { calls } = this.#host;
    const { turns, units } = this.#parts;
    const { run } = waiting;
    const { ticket } = run;
    const call = calls.waitingCall(ticket);
    whenDecided(call, run, decision => {
      if ("outcome" in decision) {
        const ask = () => this.#instance.request(calls.resume(ticket, decision.outcome));
        const goOn = () => {
          this.#checkWaits(call, run);
          return units.do({ ...waiting, ask });
        };
        const settle = (state: State<T>): void => this.#settle(state, ending);
        turns.goOn(() => this.#durably(goOn, finish), settle, reject);
        return;
      }
      const { stop } = decision;
      run.watch?.failed(stop);
      run.left(true);
      if (decision.isGone) {
        run.isGone = true;
        return reject(stop);
      }
      const place = ({ results }: Done) => {
        if (stop instanceof LuaLimitError) placeStop(stop, waiting, decodeResults(results, () => null)[0]);
      };
      const cancel = () => {
        this.#checkWaits(call, run);
        return this.#cancel(ticket, waiting.name);
      };
      turns.goOn<State<void>>(
        () => this.#durably(cancel, place),
        () => reject(stop),
        reject,
      );
    });
  }

  /** @throws {unknown} why Lua does not wait for this call any more: another one can have its number */
  #checkWaits(call: Call, run: Run): void {
    const { calls } = this.#host;
    run.isGone = !calls.isWaiting(call);
    if (run.isGone) throw calls.lost;
  }

  /** Ends a task that waits. */
  #cancel(ticket: number, name: string): Done {
    this.#host.calls.forget(ticket);
    const run = this.#services.make({ timeout: CANCEL_TIMEOUT });
    return this.#parts.units.do({ run, name, ask: () => this.#instance.request(this.#host.cancel(ticket)) });
  }

  /** Ends all tasks that wait. @param why they are told */
  cancelAll(why: Error): void {
    const { calls } = this.#host;
    for (const [ticket, { call }] of [...calls.waiting]) {
      try {
        if (!this.#instance.failure) this.#cancel(ticket, "");
      } catch {
        // It has ended nevertheless.
      }
      call.abandon(why, true);
    }
    calls.abandonAll(why, true);
  }

  /** Does what is one unit of work, and commits it. What is pending when a run waits goes with a later commit. */
  #durably<T>(work: Step | (() => Done), finish: (done: Done) => T): State<T> | Promise<State<T>> {
    let state: State<T>;
    let run: Run;
    try {
      const done = typeof work === "function" ? work() : this.#parts.units.do(work);
      run = done.step.run;
      state = run.ticket === 0 ? { result: finish(done), waits: null } : { waits: done.step };
    } catch (error) {
      this.#parts.sweeping.ran();
      return this.#commitFailed(error);
    }
    this.#parts.sweeping.ran();
    if (this.#persistence.hasPending) return this.#commit(state, run);
    if (state.waits !== null) told(run);
    return state;
  }

  /** The caller needs to know Lua's error first. An error of the commit comes again with the next one. */
  async #commitFailed(error: unknown): Promise<never> {
    await this.#parts.commits.commit().catch(() => {});
    throw error;
  }

  async #commit<T>(state: State<T>, run: Run): Promise<State<T>> {
    if (state.waits === null) run.onDone?.(state.result);
    try {
      await this.#parts.commits.commit();
    } catch (error) {
      if (state.waits === null) throw Object.assign(error as object, { result: state.result });
    }
    if (state.waits !== null) told(run);
    return state;
  }
}

/** Whoever waits for a task goes on when that has ended. */
function tell(watch: TaskWatch, ends: Promise<unknown>): void {
  ends.then(watch.settled, (error: unknown) => {
    watch.failed(error);
    watch.settled();
  });
}

/** It waits. */
function told(run: Run): void {
  run.onWait?.();
  run.onWait = null;
}

/** @returns the code that a message begins with, and the message of what follows; undefined for a function */
function codeIn(message: Uint8Array): { source: string; args: Encoded } | undefined {
  if (message[4] !== STRING) return undefined;
  const end = 9 + u32At(message, 5);
  const args = new Uint8Array(4 + message.length - end);
  new DataView(args.buffer).setUint32(0, u32At(message, 0) - 1, true);
  args.set(message.subarray(end), 4);
  return { source: lenient.decode(message.subarray(9, end)), args: new Encoded(args) };
}
