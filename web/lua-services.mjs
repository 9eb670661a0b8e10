// The host services (section 7 of the contract) that an opened LuaPersistent offers to lua.wasm. It moves the messages of
// one run to where they are read, and knows nothing of what is in them.
import { Output, reporting } from "./lua-output.mjs";

const { bytesOf } = globalThis.LuaPersistent.parts;
const encoder = new TextEncoder();

/** Asking for `interrupt` every few milliseconds costs nothing that can be measured. */
const OFFERED = "clock zone seed stdout results error config interrupt text sweep";

/** The answer to `interrupt` that stops a run; anything would do. */
const STOP = new Uint8Array(1);

function float64(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

/** Seconds in 400 years, after which dates and days of the week come again. */
const ERA = 146_097 * 86_400;
/** The last second that a Date can be. */
const LAST_SECOND = 8.64e12;

/**
 * To the second, also where zones were not whole minutes: `getTimezoneOffset` gives minutes only.
 * @param {number} time Unix time
 * @returns {number} seconds east of UTC here at that time
 */
function zoneOffset(time) {
  const second = Math.floor(time > LAST_SECOND - ERA ? (time % ERA) + 10 * ERA : Math.max(time, ERA - LAST_SECOND));
  const date = new Date(second * 1000);
  const wall = new Date(0);
  wall.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate());
  wall.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds());
  return wall.getTime() / 1000 - second;
}

/** The bytes after the name in a key are a Unix time. */
const timeIn = (key) => new DataView(bytesOf(key).buffer).getFloat64("zone".length, true);

/**
 * @typedef {object} ServiceOptions
 * @property {number} outputLimit characters of output that are kept
 * @property {(text: string) => void} [onOutput] hears what is printed
 * @property {number} [memoryLimit] bytes that Lua may hold
 * @property {number} [instructionLimit] VM instructions of one run
 * @property {number} [timeout] milliseconds of one run
 * @property {() => boolean} [interrupt] asked every few milliseconds while Lua runs: true stops the run
 */

/** What lua.wasm asks for, and where its messages go. */
export class HostServices {
  #options;
  /** Sweeps external tables; null when they cannot change. @type {Collector | null} */
  collector = null;
  /** @type {Run} */
  #run;

  /** @param {ServiceOptions} options */
  constructor(options) {
    this.#options = options;
    this.end();
  }

  /** The `config` message; empty when nothing is limited. @returns {string} */
  get config() {
    const { memoryLimit, instructionLimit } = this.limits;
    const lines = [];
    if (memoryLimit !== undefined) lines.push(`memory_limit=${memoryLimit}`);
    if (instructionLimit !== undefined) lines.push(`instruction_limit=${instructionLimit}`);
    return lines.join("\n");
  }

  /** The limits that lua.wasm was told at `init`, and keeps for good. */
  get limits() {
    const { memoryLimit, instructionLimit } = this.#options;
    return { memoryLimit, instructionLimit };
  }

  /**
   * Begins a run; its messages are read from what is returned.
   * @param {{onOutput?: (text: string) => void, timeout?: number, signal?: AbortSignal}} options other ones than those of all runs
   * @returns {Run}
   */
  begin(options) {
    this.#run = this.#newRun(options);
    return this.#run;
  }

  /** Ends it. Until the next one no script runs, and no finalizer. */
  end() {
    this.#run = this.#newRun({ timeout: Infinity });
  }

  /** Begins what nobody waits for: what finalizers print in it is for the listener alone. */
  beginOutside() {
    this.begin({ onOutput: reporting(this.#options.onOutput) });
  }

  #newRun({ onOutput = this.#options.onOutput, timeout = this.#options.timeout, signal }) {
    const output = new Output(this.#options.outputLimit, onOutput);
    return new Run(output, { timeout, signal, interrupt: this.#options.interrupt });
  }

  /** @param {string} name @returns {Uint8Array | undefined} undefined for what is not offered */
  get(name) {
    // Asked for at every allocation of ids.
    if (name === "sweep") return this.collector?.duringRun();
    if (name.startsWith("zone")) return float64(zoneOffset(timeIn(name)));
    switch (name) {
      case "services":
        return encoder.encode(OFFERED);
      case "clock":
        return float64(Date.now() / 1000);
      case "seed":
        return crypto.getRandomValues(new Uint8Array(16));
      case "config":
        return encoder.encode(this.config);
      case "interrupt":
        return this.#run.isOver() ? STOP : undefined;
      case "sweep end":
        return this.collector?.afterRun();
    }
  }

  /** @param {string} name @param {Uint8Array} message @returns {number} 0 when it was taken */
  set(name, message) {
    if (name === "stdout") this.#run.output.write(message);
    else if (name === "results") this.#run.results = message;
    else if (name === "error") this.#run.error = message;
    else if (name === "held") this.collector?.held(message);
    else if (name === "sweep") this.collector?.sweepAll();
    else return -1;
    return 0;
  }
}

/** The messages of one run, and when it must end. */
class Run {
  /** The message `results`. @type {Uint8Array | null} */
  results = null;
  /** The message `error`. @type {Uint8Array | null} */
  error = null;
  /** Whether it was told to stop. */
  wasStopped = false;
  /** What `interrupt` threw, which stops the run too, or the reason of the signal. @type {{error: unknown} | null} */
  failure = null;
  #deadline;
  #signal;
  #interrupt;

  /** @param {Output} output @param {{timeout?: number, signal?: AbortSignal, interrupt?: () => boolean}} ends */
  constructor(output, { timeout = Infinity, signal, interrupt = () => false }) {
    this.output = output;
    this.#deadline = performance.now() + timeout;
    this.#signal = signal;
    this.#interrupt = interrupt;
  }

  /** Whether it must stop: once so, for good. */
  isOver() {
    this.wasStopped ||= performance.now() >= this.#deadline || this.#isInterrupted();
    return this.wasStopped;
  }

  #isInterrupted() {
    try {
      this.#signal?.throwIfAborted();
      return this.#interrupt() === true;
    } catch (error) {
      this.failure = { error };
      return true;
    }
  }
}
