// An opened LuaPersistent: runs scripts one after the other, each a unit of work that its store commits, and answers with
// typed values. How stores, services and images work is known to their own modules.
import type { Bytes } from "../bytes/byte-string.ts";
import { type Answer, type LuaInstance, luaBytes } from "../core/instance.ts";
import { type LoadedWasm, loadWasm } from "../core/loaded-wasm.ts";
import type { Signal } from "../core/platform.ts";
import type { LuaExports, WasmSource } from "../core/wasm.ts";
import { QUESTIONS, REVIVE } from "../host/exposed-objects.ts";
import { FRESH, withoutFirstLine } from "../host/fresh.ts";
import { LuaFunction } from "../host/lua-function.ts";
import { type LuaFunctions } from "../host/lua-functions.ts";
import { Encoded } from "../host/encoded.ts";
import type { Arguments, HostSide } from "../host/side.ts";
import { takeImage } from "../image/image.ts";
import type { Persistence } from "../stores/persistence.ts";
import { readOnly } from "../stores/refusals.ts";
import { type FunctionViews, decodeError, decodeResults, exitCode } from "../values/results.ts";
import { hasToken } from "../values/message.ts";
import type { Snapshot } from "../values/snapshot.ts";
import type { LuaValue } from "../values/types.ts";
import { Commits } from "./commits.ts";
import { IdleSweep } from "./idle-sweep.ts";
import { LuaPersistent, viewIdOf } from "./lua-persistent.ts";
import {
  type EvalOptions,
  type GcOptions,
  type RunOptions,
  readEvalOptions,
  readGcOptions,
  readRunOptions,
} from "./options.ts";
import { reporting } from "./output.ts";
import { checkedPath, checkedCallee } from "./paths.ts";
import { patiently } from "./patience.ts";
import { runError, syntaxError } from "./run-error.ts";
import type { HostServices, MadeOptions, Run } from "./services.ts";
import { Collector } from "./sweep.ts";
import { Turns } from "./turns.ts";
import type { Messages, RunResult, SessionStatistics } from "./types.ts";
import { decided } from "./waits.ts";

/** The parts of a session, ready to run. */
export interface Made {
  instance: LuaInstance;
  services: HostServices;
  persistence: Persistence;
  wasm: LoadedWasm;
  host: HostSide;
}

/** A run between two evals. */
interface Waiting {
  run: Run;
  /** Of the chunk. */
  name: string;
}

/** One eval. */
interface Step extends Waiting {
  ask(step: Step): Answer;
}

/** The result of a unit of work. */
interface Done {
  step: Step;
  results: Uint8Array;
  text: string;
  exit?: number | bigint;
}

/** What becomes of a run: it has ended, or waits. */
type State<T> = { result: T } | { waits: Waiting };

/** Milliseconds for what is to be done when a run that waits is stopped: its variables are closed. */
const CANCEL_TIMEOUT = 1000;

/** With more tables, closing does not wait for a sweep. */
const MANY = 50_000;

/** No values. */
const NO_RESULTS = new Uint8Array(4);

/** What our own modules use of a session beside its methods. */
export interface SessionInternals {
  /** As run. @param onWait is called when it waits for the first time */
  run(code: string, options: RunOptions & MadeOptions, onWait: () => void): Promise<RunResult>;
  /** As eval, for what can wait. */
  eval(code: string, options: RunOptions & MadeOptions, onWait: () => void): Promise<string>;
  /** Calls a function, whose message with its arguments this is. */
  call(message: Uint8Array, options: MadeOptions, onWait: () => void): Promise<RunResult>;
  runGc(options: MadeOptions): Promise<void>;
  /** Does code that a path stands for, at once. @returns as Messages has it */
  at(name: string, source: string, args: Arguments): unknown;
  /** Goes on with what waited when an image was saved. */
  adopt(notes: ReadonlyMap<string, Uint8Array>): void;
  functions: LuaFunctions;
}

/** @internal */
export let internalsOf: (session: LuaSession) => SessionInternals;

/** A LuaPersistent with a store, as `LuaPersistent.open` gives it: everything that a LuaPersistent has, and the members below. */
export class LuaSession extends LuaPersistent {
  readonly #instance: LuaInstance;
  readonly #tables: LuaInstance["tables"];
  readonly #services: HostServices;
  readonly #persistence: Persistence;
  readonly #commits: Commits;
  readonly #host: HostSide;
  #wasm: LoadedWasm;
  readonly #messages: Messages;
  readonly #report: (error: unknown) => void;
  /** Null for a session that only reads. */
  #collector: Collector | null = null;
  #idleSweep: IdleSweep | null = null;
  #turns = new Turns();
  /** The instance's exports as users get them. */
  #shown: LuaExports | null = null;
  #isRunning = false;
  /** How many runs there were: their names. */
  #runs = 0;
  #closing: Promise<void> | null = null;
  /** What compiles code with globals of its own, and what makes tables for exposed objects, once they are there. */
  #fresh: [LuaFunction] | null = null;
  #objects: LuaFunction[] | null = null;

  static {
    internalsOf = session => ({
      run: (...args) => session.#runInTurn(...args),
      eval: (...args) => session.#evalInTurn(...args),
      call: (...args) => session.#callInTurn(...args),
      runGc: options => session.#collectInTurn(options),
      at: (...args) => session.#at(...args),
      adopt: notes => session.#adopt(notes),
      functions: session.#host.functions,
    });
  }

  /** @internal */
  constructor({ instance, services, persistence, wasm, host }: Made, messages?: Messages) {
    super(instance);
    this.#messages = messages ?? typed(id => this.table(id), host.views);
    this.#host = host;
    this.#report = messages?.report ?? reporting(rethrow);
    this.#bindHost();
    this.#instance = instance;
    this.#tables = instance.tables;
    this.#services = services;
    this.#persistence = persistence;
    this.#wasm = wasm;
    this.#commits = new Commits(persistence, () => this.#makeRoom());
    if (this.readOnly) this.#refuseChanges(() => readOnly(persistence.label));
    else this.#sweepAndCommit();
  }

  #bindHost(): void {
    this.#host.bind({
      view: id => this.table(id),
      idOf: value => viewIdOf(this, value),
      callFunction: (callee, args) => this.call(callee, ...args),
      release: references => this.#release(references),
      start: (message, signal) => this.#spawn(message, signal),
      report: error => {
        if (!this.#closing) this.#report(error);
      },
    });
  }

  #sweepAndCommit(): void {
    this.#commits.watch(this.#tables);
    this.#collector = this.#services.collector = this.#tables.collector = new Collector(this.#tables);
    this.#idleSweep = new IdleSweep(this.#collector, {
      isPossible: () => !this.#closing && !this.#isRunning && !this.#instance.failure,
      ask: () => this.#askLua(),
    });
  }

  #refuseChanges(error: () => Error): void {
    this.#tables.journal = () => {
      throw error();
    };
  }

  /** Sweeps all tables that nothing reaches. @returns whether there may have been such tables, and nothing ran */
  #makeRoom(): boolean {
    if (this.#isRunning || this.#instance.failure || !this.#collector?.mayHaveGarbage) return false;
    this.#sweepAll({ collects: true });
    return true;
  }

  /** Whether someone else writes to the store, so that Lua and views can only read. */
  get readOnly(): boolean {
    return this.#persistence.readOnly;
  }

  /** The hash of lua.wasm, to which images are bound; null when it is not known: see the option of this name. */
  get wasmHash(): string | null {
    return this.#wasm.hash;
  }

  /** As of every LuaPersistent. Calls of these have the limits of `open`, too. */
  override get exports(): LuaExports | null {
    const { exports } = this.#instance;
    if (this.#shown?.memory !== exports?.memory) {
      this.#shown = exports && { ...exports, run_gc: () => this.#outside(exports.run_gc) };
    }
    return this.#shown;
  }

  #outside(call: () => void): void {
    if (this.#isRunning) return;
    this.#services.beginOutside();
    try {
      call();
    } finally {
      this.#services.end();
    }
  }

  /** As for every LuaPersistent, and in bytes. `isDurable`: whether the store has all that the tables have. */
  override getStats(): SessionStatistics {
    return {
      ...super.getStats(),
      luaBytes: this.#instance.failure || this.#isRunning ? 0 : luaBytes(this.exports!),
      linearBytes: this.exports?.memory.buffer.byteLength ?? 0,
      externalBytes: this.#tables.byteCount,
      store: this.#persistence.label,
      isDurable: !this.#persistence.hasPending,
    };
  }

  /**
   * Runs `code` when everything before it has run and is durable, and answers when its changes are.
   *
   * nil becomes `undefined`; integers a number, beyond 2^53 a bigint; floats a number; strings a string, or a Uint8Array
   * when they are not UTF-8; external tables a {@link LuaTable}; functions and their like a {@link LuaOpaque}. A table is
   * a copy: an array when its keys are 1 to n (an empty one too), an object when all are strings, otherwise a Map.
   * The same table is the same object.
   * @returns all that was printed, and the returned values
   * @throws {LuaError} with `output`; unless `rollbackOnError` is set the changes up to the error are committed
   * @throws {LuaLimitError} a limit was reached
   * @throws {StoreError} it ran, and `error.result` is its result, but it is not durable: the next run, and `flush`, try that
   *   again
   */
  async run<T extends unknown[] = LuaValue[]>(code: string, options?: RunOptions): Promise<RunResult<T>> {
    if (typeof code !== "string") throw new TypeError(`run takes Lua code as a string, not ${typeof code}`);
    return this.#perform(code, readRunOptions(options), done => this.#result<T>(done));
  }

  /** As eval, for what can wait. @param onWait is called when it waits for the first time */
  #evalInTurn(code: string, options: MadeOptions, onWait: () => void): Promise<string> {
    return this.#perform(code, options, done => this.#text(done), onWait);
  }

  /** As run. */
  #runInTurn(code: string, options: MadeOptions, onWait: () => void): Promise<RunResult> {
    return this.#perform(code, options, done => this.#result(done), onWait);
  }

  /** Calls a function, whose message with its arguments this is. */
  #callInTurn(message: Uint8Array, options: MadeOptions, onWait: () => void): Promise<RunResult> {
    const begin = () => {
      const run = this.#services.make(options);
      run.onWait = onWait;
      return this.#callStep(run, "call", message);
    };
    return this.#task(begin, done => this.#result(done), options.signal);
  }

  /** @param message of a function and its arguments */
  #callStep(run: Run, name: string, message: Uint8Array): Step {
    const ask = (step: Step) => {
      const request = this.#host.callOf(message);
      if (!hasToken(message)) return this.#instance.request(request);
      const [revive] = this.#objectFunctions(step);
      return this.#instance.request(this.#host.call(revive, new Encoded(message)));
    };
    return { run, name, ask };
  }

  /** Does code that a path stands for, at once. @returns as Messages has it */
  #at(name: string, source: string, args: Arguments): unknown {
    return this.#now(name, step => {
      const request = this.#host.chunk("run", source, name, args);
      if (!this.#host.hasObjects) return request;
      const [revive] = this.#objectFunctions(step);
      const revived = `local revive, value = ... ${source.replace("...", "revive(nil, value)")}`;
      return this.#host.chunk("run", revived, name, this.#host.with(revive, args));
    });
  }

  async #perform<T>(
    code: string,
    { args = [], env, ...others }: RunOptions & MadeOptions,
    finish: (done: Done) => T,
    onWait?: () => void,
  ): Promise<T> {
    const ask = (step: Step) =>
      env ? this.#askFresh(step, withoutFirstLine(code), args) : this.#askChunk(step, code, args);
    const begin = () => {
      const step = this.#newStep(others, ask);
      step.run.onWait = onWait ?? null;
      return step;
    };
    return this.#task(begin, finish, others.signal);
  }

  /**
   * Calls a function when everything before it has run, and answers when its changes are durable. It may wait.
   * @param callee a path from a global, such as `game.update`, or a function that Lua gave
   * @param args values: booleans, numbers, strings, Uint8Arrays, tables of this LuaPersistent, functions that Lua knows, and plain
   *   objects, arrays and Maps of these, as copies
   * @returns its results
   * @throws {LuaError | LuaLimitError | StoreError} as from `run`
   */
  async call<T extends unknown[] = LuaValue[]>(callee: string | LuaFunction, ...args: unknown[]): Promise<T> {
    const path = checkedCallee(callee);
    const name = path === undefined ? "call" : `call ${path}`;
    const ask = (step: Step) =>
      path === undefined
        ? this.#askCall(step, callee as LuaFunction, args)
        : this.#askChunk(step, `return ${path}(...)`, args);
    const step = { run: this.#services.make({}), name, ask };
    return this.#task(
      () => step,
      done => this.#result<T>(done).values,
    );
  }

  /**
   * @param path from a global: `x`, `game.player.hp`
   * @param value as arguments of `call`
   * @throws {LuaError} there is no table on the way
   */
  set(path: string, value: unknown): void {
    this.#at(`set ${path}`, `${checkedPath("set", path)} = ...`, [value]);
  }

  /**
   * @param path from a global: `x`, `game.player.hp`
   * @returns its value, as `run` gives values
   * @throws {LuaError} there is no table on the way
   */
  get(path: string): LuaValue {
    return (this.#at(`get ${path}`, `return ${checkedPath("get", path)}`, []) as LuaValue[])[0];
  }

  /** Does a request at once. @returns what it gives */
  #now(name: string, request: (step: Step) => Uint8Array): LuaValue[] {
    if (this.#closing) throw closed();
    this.#refuseIfRunning("Lua code cannot be run");
    const ask = (step: Step) => this.#instance.request(request(step));
    const { values } = this.#result<LuaValue[]>(this.#unit({ run: this.#services.make({}), name, ask }));
    this.#idleSweep?.ran();
    return values;
  }

  #askChunk(step: Step, code: string, args: Arguments): Answer {
    const request = this.#host.chunk("start", code, step.name, args);
    if (!this.#host.hasObjects) return this.#instance.request(request, code);
    const [, compile] = this.#objectFunctions(step);
    return this.#askCompiled(step, compile, withoutFirstLine(code), args);
  }

  /** Runs code with globals of its own. */
  #askFresh(step: Step, code: string, args: Arguments): Answer {
    this.#fresh ??= this.#asked(step, this.#host.chunk("run", FRESH, "fresh", [])) as [LuaFunction];
    return this.#askCompiled(step, this.#fresh[0], code, args);
  }

  /** @param compile a function of Lua: of source and chunk name */
  #askCompiled(step: Step, compile: LuaFunction, code: string, args: Arguments): Answer {
    const [compiled, message] = this.#asked(step, this.#host.call(compile, [code, `=${step.name}`]));
    if (!(compiled instanceof LuaFunction)) throw syntaxError(String(message), step.name);
    try {
      return this.#askCall(step, compiled, args);
    } finally {
      compiled.release();
    }
  }

  #askCall(step: Step, callee: LuaFunction, args: Arguments): Answer {
    const request = this.#host.call(callee, args);
    if (!this.#host.hasObjects) return this.#instance.request(request);
    const [revive] = this.#objectFunctions(step);
    return this.#instance.request(this.#host.callWith(revive, callee, args));
  }

  /** Makes tables for exposed objects in its arguments, and calls the first with the others; and one that compiles. */
  #objectFunctions(step: Step): LuaFunction[] {
    const questions = QUESTIONS.map(name => this.#host.functions.named(name));
    this.#objects ??= this.#asked(step, this.#host.chunk("run", REVIVE, "expose", questions)) as LuaFunction[];
    return this.#objects;
  }

  /** A request on the way to another one. @returns values @throws {unknown} its error */
  #asked({ run, name }: Step, request: Uint8Array): unknown[] {
    const { isError, text } = this.#instance.request(request);
    if (isError) throw runError(run, text, name, this.#messages, this.#instance);
    const values = this.#host.calls.decode(run.results!);
    run.results = null;
    return values;
  }

  /** A step of the next run. */
  #newStep({ name, ...options }: EvalOptions & MadeOptions, ask: Step["ask"]): Step {
    this.#runs++;
    return { run: this.#services.make(options), name: name ?? `run ${this.#runs}`, ask };
  }

  /** A function that a script runs beside itself, with the options of its run. @returns the message of its results */
  #spawn(message: Uint8Array, signal?: Signal): Promise<Uint8Array> {
    const parent = this.#services.run;
    const begin = () => this.#callStep(this.#services.beside(parent, signal), "task", message);
    return this.#task(begin, ({ results }) => results, signal);
  }

  /** Runs a task to its end: others run while it waits. */
  async #task<T>(begin: () => Step, finish: (done: Done) => T, signal?: Signal): Promise<T> {
    return this.#finish(await this.#inTurn(() => this.#durably(() => this.#unit(begin()), finish), signal), finish);
  }

  async #finish<T>(state: State<T>, finish: (done: Done) => T): Promise<T> {
    while ("waits" in state) state = await this.#goOn(state.waits, finish);
    return state.result;
  }

  /** Goes on with what waited when an image was saved. */
  #adopt(notes: ReadonlyMap<string, Uint8Array>): void {
    for (const ticket of this.#host.adopt(notes)) {
      const run = this.#services.make({});
      run.ticket = ticket;
      this.#finish({ waits: { run, name: "image" } }, () => {}).catch((error: unknown) => {
        if (!this.#closing) this.#report(error);
      });
    }
  }

  /** When it need not wait any more. */
  async #goOn<T>({ run, name }: Waiting, finish: (done: Done) => T): Promise<State<T>> {
    const { calls } = this.#host;
    const { ticket } = run;
    const decision = await decided(calls.waitingCall(ticket), run);
    if ("outcome" in decision) {
      const ask = () => this.#instance.request(calls.resume(ticket, decision.outcome));
      return this.#turns.next(() => this.#durably(() => this.#unit({ run, name, ask }), finish));
    }
    if (!decision.isGone)
      await this.#turns.next(() =>
        this.#durably(
          () => this.#cancel(ticket),
          () => {},
        ),
      );
    throw decision.stop;
  }

  /** Ends a task that waits. */
  #cancel(ticket: number): Done {
    this.#host.calls.forget(ticket);
    const run = this.#services.make({ timeout: CANCEL_TIMEOUT });
    return this.#unit({ run, name: "", ask: () => this.#instance.request(this.#host.cancel(ticket)) });
  }

  /** Ends all tasks that wait. @param why they are told */
  #cancelAll(why: Error): void {
    const { calls } = this.#host;
    for (const [ticket, { call }] of [...calls.waiting]) {
      try {
        if (!this.#instance.failure) this.#cancel(ticket);
      } catch {
        // It has ended nevertheless.
      }
      call.abandon(why, true);
    }
    calls.abandonAll(why, true);
  }

  /** Lua need not keep these functions any more. */
  #release(references: number[]): void {
    if (!this.#instance.failure) this.#instance.request(this.#host.release(references));
  }

  #result<T extends unknown[]>({ step: { run }, results, exit }: Done): RunResult<T> {
    const result: RunResult<T> = { output: run.output.finish(), values: this.#messages.results(results) as T };
    if (exit !== undefined) result.exit = exit;
    if (run.output.failure) throw run.output.failure.error;
    return result;
  }

  /** Does what is one unit of work, and commits it. What is pending when a run waits goes with a later commit. */
  async #durably<T>(work: () => Done, finish: (done: Done) => T): Promise<State<T>> {
    let result: T;
    try {
      const done = work();
      if (done.step.run.ticket !== 0) {
        this.#idleSweep?.ran();
        if (this.#persistence.hasPending) await this.#commits.commit().catch(() => {});
        done.step.run.onWait?.();
        done.step.run.onWait = null;
        return { waits: done.step };
      }
      result = finish(done);
    } catch (error) {
      // The caller needs to know Lua's error first. An error of the commit comes again with the next one.
      this.#idleSweep?.ran();
      await this.#commits.commit().catch(() => {});
      throw error;
    }
    await this.#commitResult(result);
    return { result };
  }

  async #commitResult(result: unknown): Promise<void> {
    this.#idleSweep?.ran();
    if (!this.#persistence.hasPending) return;
    try {
      await this.#commits.commit();
    } catch (error) {
      throw Object.assign(error, { result });
    }
  }

  /**
   * Runs `code` at once, also before runs that wait, and commits its changes in the background. A function of the host cannot
   * answer with a promise here.
   * @param options as of `run`
   * @returns as of every LuaPersistent: all output, then the returned values, separated by tabs
   * @throws {LuaError} as from `run`
   */
  override eval(code: string, options?: EvalOptions): string {
    if (typeof code !== "string") throw new TypeError(`eval takes Lua code as a string, not ${typeof code}`);
    if (this.#closing) throw closed();
    this.#refuseIfRunning("Lua code cannot be run");
    const { args = [], ...others } = readEvalOptions(options);
    const step = this.#newStep(others, step => {
      const request = this.#host.chunk("run", code, step.name, args);
      return this.#host.hasObjects ? this.#askChunk(step, code, args) : this.#instance.request(request, code);
    });
    step.run.cannotWait = "it answers with a promise, for which eval does not wait: use run";
    const done = this.#unit(step);
    this.#idleSweep?.ran();
    return this.#text(done);
  }

  /** All output, then the returned values. */
  #text({ step: { run }, results, text }: Done): string {
    this.#host.pass(results);
    const output = run.output.finish();
    if (run.output.failure) throw run.output.failure.error;
    const hasValues = results.subarray(0, 4).some(byte => byte !== 0);
    return output + (hasValues && output !== "" && !output.endsWith("\n") ? "\n" : "") + text;
  }

  /** One unit of work. Has failed, for `rollbackOnError`, what ends by an error or by a code that is not 0. */
  #unit(step: Step): Done {
    if (this.#instance.failure) throw this.#instance.failure;
    const { run, name } = step;
    this.#host.functions.flush();
    this.#services.enter(run);
    this.#isRunning = true;
    this.#persistence.begin();
    let isDone = false;
    try {
      const { isError, text } = step.ask(step);
      const exit = isError && run.error ? exitCode(run.error) : undefined;
      isDone = !isError || exit === 0;
      if (isError && exit === undefined) throw runError(run, text, name, this.#messages, this.#instance);
      return { step, results: run.results ?? NO_RESULTS, text: isError ? "" : text, exit };
    } finally {
      if (isDone) this.#persistence.succeed();
      else if (this.#persistence.fail({ undo: this.#instance.failure !== null || this.#isUndone(run) }))
        this.#collector?.abort();
      this.#services.end();
      this.#isRunning = false;
      if (this.#instance.failure) this.#host.calls.abandonAll(this.#instance.failure, true);
    }
  }

  #isUndone(run: Run): boolean {
    return run.wasStopped && this.#messages.undoesStopped === true;
  }

  #refuseIfRunning(what: string): void {
    if (this.#isRunning) throw new Error(`${what} while Lua is running: wait until the call that runs it has returned`);
  }

  /** Has Lua say which tables it holds: an empty chunk does nothing else. */
  #askLua(): void {
    if (!this.#instance.failure) this.#instance.run("");
  }

  /** Sweeps all tables that nothing reaches. @param options whether Lua collects its garbage first */
  #sweepAll(options: { collects: boolean }) {
    this.#collector?.sweepAll(options);
    this.#askLua();
  }

  /**
   * Collects garbage, of Lua and of external tables, in turn; it is durable then. Finalizers have the limits of a run.
   * @param options timeout in milliseconds, by default that of `open`
   * @throws {LuaLimitError} a finalizer was stopped: all others are called by this or a later collection
   * @throws {StoreError} it is not durable
   * @throws {unknown} the reason of the signal
   */
  override async runGc(options?: GcOptions): Promise<void> {
    await this.#collectInTurn(readGcOptions(options));
  }

  async #collectInTurn(options: MadeOptions): Promise<void> {
    const begin = () => {
      const run = this.#services.make(options);
      return { run, name: "", ask: () => this.#collect(run) };
    };
    await this.#task(begin, done => this.#result(done), options.signal);
  }

  #collect(run: Run): Answer {
    this.#instance.collect();
    return { isError: run.error !== null || run.wasStopped, text: "interrupted" };
  }

  /** Does `task` after everything that was asked for before. @param signal ends waiting */
  #inTurn<T>(task: () => T | Promise<T>, signal?: Signal): Promise<T> {
    return this.#closing ? Promise.reject(closed()) : this.#turns.inTurn(task, signal);
  }

  /**
   * Starts a fresh Lua state, as for every LuaPersistent; it is the way on after an instance has failed.
   * @param source the default is what this one was opened with
   */
  override async load(source?: WasmSource | Promise<WasmSource>): Promise<this> {
    return this.#inTurn(async () => {
      const wasm = source === undefined ? this.#wasm : await loadWasm(source);
      this.#host.calls.abandonAll(new Error("Lua was loaded anew, and what waited in it is lost"), true);
      this.#host.functions.clear();
      this.#fresh = this.#objects = null;
      await this.#instance.load(wasm.module);
      this.#wasm = wasm;
      return this;
    });
  }

  /** @throws {StoreError} the store is open for reading only; otherwise as for every LuaPersistent */
  override restoreSnapshot(snapshot: Snapshot | object): void {
    this.#refuseIfRunning("a snapshot cannot be restored");
    super.restoreSnapshot(snapshot);
  }

  /** Waits until everything that was done is durable. @throws {StoreError} it is not */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#commits.commit());
  }

  /** Deletes everything in all tables and in the store. Lua keeps its globals. @throws {StoreError} */
  clear() {
    return this.#inTurn(() => {
      this.#collector?.abort();
      return this.#persistence.clear();
    });
  }

  /**
   * Everything there is (globals, closures, suspended coroutines, tables) as compressed bytes, after all runs asked for
   * before. They are code: open images only of those whom you would let run Lua here.
   * @returns for `openImage`, with the same lua.wasm
   * @throws {Error} while Lua is running, or when the bytes of lua.wasm are not known
   */
  async saveImage(): Promise<Bytes> {
    this.#refuseIfRunning("an image cannot be saved");
    const pack = await this.#inTurn(async () => {
      if (this.#instance.failure) throw this.#instance.failure;
      this.#sweepAll({ collects: false });
      return takeImage(this.exports!.memory, this.#tables, this.#wasm.hash, this.#services.limits, this.#host.notes);
    });
    return pack();
  }

  /**
   * After everything that was asked for before: makes it durable, lets go of the store and of Lua. Later calls are errors.
   * @param options discard: changes that cannot be made durable soon are given up
   * @throws {StoreError} something is not durable; then nothing is closed, and it can be tried again
   */
  close({ discard = false }: { discard?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#turns.next(() => this.#close(discard));
    return discard ? this.#giveUp(this.#closing) : this.#turns.waiting.until(this.#closing);
  }

  /** Closes in spite of a store that does not answer. Its lock is kept until it does, because it may still write. */
  async #giveUp(closing: Promise<void>): Promise<void> {
    await patiently(closing);
    this.#host.calls.abandonAll(closed(), true);
    this.#end();
    this.#closing = Promise.resolve();
    this.#turns.waiting.giveUp(closed());
  }

  async #close(discard: boolean): Promise<void> {
    this.#idleSweep?.pause();
    this.#cancelAll(closed());
    try {
      if (this.#collector?.mayHaveGarbage && this.#tables.tableCount <= MANY) this.#sweepAll({ collects: true });
      await this.#persistence.close({ discard });
    } catch (error) {
      // While there is a journal the store is open. Without one only closing it failed, and it has all changes.
      if (this.#tables.journal) this.#closing = null;
      else this.#end();
      throw error;
    }
    this.#end();
  }

  #end(): void {
    this.#instance.exports = null;
    this.#instance.failure = closed();
    this.#refuseChanges(closed);
  }
}

const typed = (view: (id: number) => unknown, functions: FunctionViews): Messages => ({
  results: bytes => decodeResults(bytes, view, functions),
  error: bytes => decodeError(bytes, view, functions),
});

const rethrow = (error: unknown): never => {
  throw error;
};

const closed = () => new Error("this LuaPersistent is closed");
