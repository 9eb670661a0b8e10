// The host services (docs/abi.md section 7) that an opened LuaPersistent offers to lua.wasm. It collects the
// messages of one run, and does not know their contents.
import { bytesOf, u32At } from "../bytes/byte-string.ts";
import { encoder } from "../bytes/utf8.ts";
import type { Services } from "../core/host.ts";
import type { Signal } from "../core/platform.ts";
import type { CallingRun, HostCalls } from "../host/calls.ts";
import { RaisedErrors } from "../host/errors.ts";
import type { TaskWatch } from "../host/task.ts";
import type { EvalOptions, OpenOptions, Settings, StepOptions } from "./options.ts";
import { Output, reporting } from "./output.ts";
import type { Collector } from "./sweep.ts";

/** Asking for `interrupt` every few milliseconds costs nothing that can be measured. */
const OFFERED = encoder.encode("request clock zone seed stdout results error config interrupt text sweep host where");

/** The answer to `interrupt` that stops a run; anything would do. */
const STOP = new Uint8Array(1);

/** The last of them, which is copied at once. */
const NUMBER = new DataView(new ArrayBuffer(8));
const NUMBER_BYTES = /* @__PURE__ */ new Uint8Array(NUMBER.buffer);

function float64(value: number): Uint8Array {
  NUMBER.setFloat64(0, value, true);
  return NUMBER_BYTES;
}

const NOTHING = new Uint8Array(0);

const SEED_BYTES = 16;
/** Random bytes for the next seeds: asking for a few takes as long as for many. */
const reserve = new Uint8Array(64 * SEED_BYTES);
let reserveAt = reserve.length;

/** @returns bytes that nobody else gets, nor will find here */
function seed(): Uint8Array {
  if (reserveAt === reserve.length) {
    crypto.getRandomValues(reserve);
    reserveAt = 0;
  }
  const bytes = reserve.slice(reserveAt, reserveAt + SEED_BYTES);
  reserve.fill(0, reserveAt, (reserveAt += SEED_BYTES));
  return bytes;
}

/** Seconds in 400 years, after which dates and days of the week come again. */
const ERA = 146_097 * 86_400;
/** The last second that a Date can be. */
const LAST_SECOND = 8.64e12;

/**
 * To the second, also where zones were not whole minutes: `getTimezoneOffset` gives minutes only.
 * @param time Unix time
 * @returns seconds east of UTC here at that time
 */
function zoneOffset(time: number): number {
  const second = Math.floor(time > LAST_SECOND - ERA ? (time % ERA) + 10 * ERA : Math.max(time, ERA - LAST_SECOND));
  const date = new Date(second * 1000);
  const wall = new Date(0);
  wall.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate());
  wall.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds());
  return wall.getTime() / 1000 - second;
}

/** The bytes after the name in a key are a Unix time. */
const timeIn = (key: string): number => new DataView(bytesOf(key).buffer).getFloat64("zone".length, true);

/** Those of a run, and what `open` can have for all runs. `isCall`: as in unit.ts. */
export type MadeOptions = StepOptions &
  Pick<EvalOptions, "onSteps"> &
  Pick<OpenOptions, "interrupt"> & { isCall?: boolean; onDone?: Run["onDone"] };

/** Answers the questions of lua.wasm, and collects its messages. */
export class HostServices implements Services {
  readonly #options: Settings;
  /** Sweeps external tables; null when they cannot change. */
  collector: Collector | null = null;
  /** The functions that Lua can call. */
  host!: HostCalls;
  #run!: Run;
  /** For what is asked of lua.wasm between runs. */
  #idle: Run | null = null;
  /** The limits of a Lua state that is not fresh. */
  kept: Pick<OpenOptions, "memoryLimit" | "instructionLimit"> | null = null;

  constructor(options: Settings) {
    this.#options = options;
    this.end();
  }

  /** The `config` message; empty when nothing is limited. */
  get config(): string {
    const { memoryLimit, instructionLimit } = this.limits;
    const lines = [];
    if (memoryLimit !== undefined) lines.push(`memory_limit=${memoryLimit}`);
    if (instructionLimit !== undefined) lines.push(`instruction_limit=${instructionLimit}`);
    return lines.join("\n");
  }

  /** The limits that lua.wasm gets at `init`, and keeps for good. */
  get limits(): Pick<OpenOptions, "memoryLimit" | "instructionLimit"> {
    const { memoryLimit, instructionLimit } = this.kept ?? this.#options;
    return { memoryLimit, instructionLimit };
  }

  /** @param options other ones than those of all runs */
  make({
    onOutput = this.#options.onOutput,
    timeout = this.#options.timeout,
    interrupt = this.#options.interrupt,
    signal,
    onSteps,
    onDone = null,
  }: MadeOptions): Run {
    const output = new Output(this.#options.outputLimit, onOutput, this.#options.onOutputBytes);
    const run = new Run(output, { timeout, signal, interrupt, count: onSteps && counting(onSteps) });
    run.onDone = onDone;
    return run;
  }

  /** A run that `parent` has started: with its output and its limits. @param signal ends it */
  beside(parent: Run, signal: Signal): Run {
    const { output, timeout, interrupt, count, root } = parent;
    return new Run(output, { timeout, signal, interrupt, count, root });
  }

  /** Begins a run, or goes on with one that has waited; its messages are read from it. */
  enter(run: Run): void {
    if (run.isRenewed) run.deadline = performance.now() + run.timeout;
    run.results = run.error = null;
    run.ticket = 0;
    this.#use(run);
  }

  #use(run: Run): void {
    this.#run = run;
    if (this.host) this.host.run = run;
  }

  /** The run under way. */
  get run(): Run {
    return this.#run;
  }

  /** Ends it. Until the next one no script runs, and no finalizer. */
  end() {
    if (!this.#idle || this.#idle.isUsed) this.#idle = this.make({ timeout: Infinity });
    this.#use(this.#idle);
  }

  /** Begins a call outside of runs: output of finalizers goes to the listener only. */
  beginOutside() {
    this.#use(this.make({ onOutput: reporting(this.#options.onOutput) }));
  }

  /** A call of a function of the host. */
  call(memory: Uint8Array, at: number, length: number): Uint8Array {
    return this.host.call(memory, at, length);
  }

  /** @returns undefined for a service that is not offered */
  get(name: string): Uint8Array | undefined {
    // Asked for at every allocation of ids.
    if (name === "sweep") return this.collector?.duringRun();
    switch (name) {
      case "services":
        return OFFERED;
      case "clock":
        return float64(Date.now() / 1000);
      case "seed":
        return seed();
      case "config":
        return this.config === "" ? NOTHING : encoder.encode(this.config);
      case "interrupt":
        return this.#run.isOver() ? STOP : undefined;
      case "host":
        return this.host.nameLines;
      case "answer":
        return this.host.answer;
      case "sweep end":
        return this.collector?.afterRun();
    }
    return name.startsWith("zone") ? float64(zoneOffset(timeIn(name))) : undefined;
  }

  /** @returns 0 when it was taken */
  set(name: string, message: Uint8Array): number {
    if (name === "stdout") this.#run.output.write(message);
    else if (name === "results") this.#run.results = message;
    else if (name === "error") this.#run.error = message;
    else if (name === "waiting") this.#run.ticket = u32At(message, 0);
    else if (name === "abandon") this.host.abandon(u32At(message, 0));
    else if (name === "held") this.collector?.held(message);
    else if (name === "sweep") this.collector?.sweepAll();
    else return -1;
    return 0;
  }
}

const never = (): boolean => false;

/** From one question of lua.wasm to the next. */
const STEPS = 50_000;

/** @returns to be called at each question */
function counting(onSteps: (steps: number) => void): () => void {
  const tell = reporting(onSteps);
  let steps = 0;
  return () => tell((steps += STEPS));
}

/** What a run can have beside its output. */
type RunSettings = Pick<StepOptions, "timeout" | "signal"> & {
  interrupt?: () => boolean;
  count?: () => void;
  root?: Run;
};

/** The messages of one run, and when it must end. */
export class Run implements CallingRun {
  readonly output: Output;
  cannotWait: string | null = null;
  #errors: RaisedErrors | null = null;
  calls = 0;
  name = "";
  /** What is told of the task that it is. */
  watch: TaskWatch | null = null;
  /** Of the call that it waits for; 0: it does not wait. */
  ticket = 0;
  /** Is called when it waits for the first time. */
  onWait: (() => void) | null = null;
  /** Is called with its result when its changes are about to be committed. */
  onDone: ((result: unknown) => void) | null = null;
  /** The message `results`. */
  results: Uint8Array | null = null;
  /** The message `error`. */
  error: Uint8Array | null = null;
  /** Whether lua.wasm was asked to stop. */
  wasStopped = false;
  /** The error of `interrupt`, which stops the run too, or the reason of the signal. */
  failure: { error: unknown } | null = null;
  /** As performance.now(). */
  deadline: number;
  /** Whether each step has the time of a whole run. */
  isRenewed = false;
  /** Whether the Lua state is gone in which it waited. */
  isGone = false;
  readonly signal: Signal | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly interrupt: () => boolean;
  /** Counts its steps, and those of what runs beside it. */
  readonly count: (() => void) | undefined;
  /** Which has started it, or what has; itself, if no run has. */
  readonly root: Run;
  /** What it has started, and what that has. */
  #tasks: Set<TaskWatch> | null = null;

  constructor(output: Output, { timeout = Infinity, signal, interrupt = never, count, root }: RunSettings) {
    this.output = output;
    this.deadline = timeout === Infinity ? Infinity : performance.now() + timeout;
    this.signal = signal;
    this.timeout = timeout;
    this.interrupt = interrupt;
    this.count = count;
    this.root = root ?? this;
  }

  /** Those of functions of the host. */
  get errors(): RaisedErrors {
    return (this.#errors ??= new RaisedErrors());
  }

  /** Whether lua.wasm has sent something, or was asked to stop. */
  get isUsed(): boolean {
    return this.wasStopped || this.results !== null || this.error !== null || this.output.isUsed;
  }

  /** A task was started in it: it stops that if it is stopped by its signal. @returns to be called when that has ended */
  started(task: TaskWatch): () => void {
    const { root } = this;
    (root.#tasks ??= new Set()).add(task);
    return () => root.#tasks?.delete(task);
  }

  /** Lua has done with it. What it has started goes on by itself, unless its signal has stopped it. */
  left(wasStopped: boolean): void {
    const tasks = this.#tasks;
    this.#tasks = null;
    if (!tasks || !wasStopped || !this.signal?.aborted) return;
    for (const task of tasks) task.stop(this.signal.reason);
  }

  /** Whether it must stop: once so, for good. */
  isOver() {
    this.count?.();
    this.wasStopped ||= performance.now() >= this.deadline || this.#isInterrupted();
    return this.wasStopped;
  }

  #isInterrupted() {
    try {
      const isInterrupted = this.interrupt() === true;
      this.signal?.throwIfAborted();
      return isInterrupted;
    } catch (error) {
      this.failure = { error };
      return true;
    }
  }
}
