// One worker with Lua in it, in a browser or in Node: starts it, calls it, ends it. What is lost with it and what comes
// next is the affair of lua-worker.mjs.
import { Channel } from "./lua-worker-channel.mjs";
import { WorkerRun } from "./lua-worker-run.mjs";
import { storeMethods } from "./lua-worker-store.mjs";

const SCRIPT = new URL("./lua-worker-main.mjs", import.meta.url);

const { inNode } = globalThis.LuaPersistent.parts;

/** In WebKitGTK the global is not there, the memory is. */
const sharedBuffer = () =>
  typeof SharedArrayBuffer === "function"
    ? new SharedArrayBuffer(4)
    : new WebAssembly.Memory({ shared: true, initial: 1, maximum: 1 }).buffer;

/** By which a worker can be told something while it is busy; null where memory cannot be shared. @returns {Int32Array | null} */
function sharedFlag() {
  if ((globalThis.crossOriginIsolated ?? inNode) !== true) return null;
  try {
    return new Int32Array(sharedBuffer(), 0, 1);
  } catch {
    return null;
  }
}

/**
 * @typedef {object} Thread a worker, the same in browsers and in Node
 * @property {Port} port
 * @property {() => void} terminate
 * @property {(isBusy: boolean) => void} hold whether a program in Node waits for it
 */

/** @param {(error: Error) => void} ended hears of an end that nobody asked for @returns {Thread} */
function browserThread(ended) {
  const worker = new Worker(SCRIPT, { type: "module", name: "lua" });
  worker.onerror = (event) => {
    event.preventDefault();
    ended(new Error(event.message || `its script ${SCRIPT} could not be loaded`));
  };
  worker.onmessageerror = () => ended(new Error("a message could not be read"));
  return {
    port: {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen: (receive) => (worker.onmessage = ({ data }) => receive(data)),
    },
    terminate: () => worker.terminate(),
    hold() {},
  };
}

async function nodeThread(ended) {
  const { Worker } = await import("node:worker_threads");
  // Flags such as --input-type are for the program, and make other files fail.
  const worker = new Worker(SCRIPT, { name: "lua", execArgv: [] });
  worker.on("error", ended);
  worker.on("exit", (code) => ended(new Error(`it exited with code ${code}`)));
  return {
    port: {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen: (receive) => worker.on("message", receive),
    },
    terminate: () => void worker.terminate(),
    hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
  };
}

/** @returns {Promise<Thread>} @throws {Error} there are no workers here, or this page must not have one */
async function startThread(ended) {
  try {
    return await (inNode ? nodeThread(ended) : browserThread(ended));
  } catch (cause) {
    throw new Error(`the Lua worker cannot be started: ${cause.message}`, { cause });
  }
}

/** Lua in a worker, until it is ended. */
export class LuaThread {
  #thread;
  #channel;
  #flag = sharedFlag();
  #runs = 0;
  /** @type {WorkerRun | null} */
  #run = null;
  #isOpen = false;
  #isEnded = false;
  #hears;
  #lost;

  /**
   * @param {object} setup
   * @param {StoreHost | null} setup.host of the store
   * @param {object} setup.opening what `open` of lua-worker-main.mjs takes
   * @param {(text: string) => void} setup.hears what finalizers print between runs
   * @param {(error: unknown) => void} setup.lost hears why it ended, once it was open
   * @returns {Promise<{thread: LuaThread, opened: {readOnly: boolean, wasmHash: string | null, limits: object}}>}
   * @throws {Error} as from `open`
   */
  static async start({ host, opening, hears, lost }) {
    const thread = new LuaThread(hears, lost);
    try {
      await thread.#start(host);
      const opened = await thread.#open(opening);
      thread.#isOpen = true;
      return { thread, opened };
    } catch (error) {
      thread.end(error);
      throw error;
    }
  }

  constructor(hears, lost) {
    this.#hears = hears;
    this.#lost = lost;
  }

  async #start(host) {
    let begun;
    const started = new Promise((resolve, reject) => (begun = { resolve, reject }));
    const ended = (cause) => {
      const error = new Error(`the Lua worker ended unexpectedly: ${cause.message}`, { cause });
      begun.reject(error);
      this.end(error);
    };
    this.#thread = await startThread(ended);
    this.#channel = new Channel(this.#thread.port, {
      ...storeMethods(host, () => this.#run?.commits()),
      started: begun.resolve,
      output: (text) => this.#hear(text),
    });
    await started;
  }

  /** Without the flag where memory can be shared, but not sent: WebKitGTK, whose SharedArrayBuffer is off. */
  async #open(opening) {
    try {
      return await this.call("open", [{ ...opening, flag: this.#flag }]);
    } catch (error) {
      if (error.name !== "DataCloneError" || !this.#flag) throw error;
      this.#flag = null;
      return this.call("open", [{ ...opening, flag: null }]);
    }
  }

  #hear(text) {
    if (this.#run) this.#run.output.hear(text);
    else this.#hears(text);
  }

  /** @param {string} method of lua-worker-main.mjs @param {unknown[]} [args] */
  call(method, args) {
    return this.#channel.call(method, args);
  }

  /**
   * Calls what may run Lua.
   * @param {"run" | "eval" | "runGc"} method
   * @param {unknown[]} args
   * @param {{onOutput?: (text: string) => void, timeout?: number, signal?: AbortSignal, outputLimit: number,
   *   leave?: (reason: unknown) => void}} options leave: tells the caller that its commit hangs
   */
  async execute(method, args, options) {
    const id = ++this.#runs;
    const run = new WorkerRun(this.#controlOf(id), options);
    this.#run = run;
    try {
      const answer = await this.#channel.call(method, [id, ...args]);
      if (run.output.failure) throw run.output.failure.error;
      return answer;
    } catch (error) {
      throw run.seen(error);
    } finally {
      run.end();
      this.#run = null;
    }
  }

  /** @returns {RunControl} */
  #controlOf(id) {
    return {
      canAsk: this.#flag !== null,
      ask: () => this.#flag && Atomics.store(this.#flag, 0, id),
      kill: (error) => this.end(error),
    };
  }

  /** In Node: whether the program waits for it. */
  hold(isBusy) {
    this.#thread.hold(isBusy);
  }

  /** Ends the worker at once, whatever it does. @param {unknown} error what all that waits for it is rejected with */
  end(error) {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#channel?.end(error);
    this.#thread?.terminate();
    if (this.#isOpen) this.#lost(error);
  }
}
