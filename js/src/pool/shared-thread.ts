// A thread that many Luas share: gives each a port of its own, starts the thread again when it is lost, and ends it when it is
// stuck. For Node and its like. It knows nothing about what the Luas do.
import { builtin } from "../core/environment.ts";
import { sharedScriptUrl } from "../worker/script.ts";
import type { NodePort } from "../worker/shared.ts";
import { type NodeWorker, type StartThread, type Thread, startNode } from "../worker/thread.ts";

/** Milliseconds in which a thread says that it is not stuck. */
const GRACE = 2000;

interface WorkerThreads {
  MessageChannel: new () => { port1: NodePort; port2: NodePort };
}

/** What a Lua is doing, as its messages say. */
export interface SeatEvents {
  /** It waits for a function of the host; others can run, also in this Lua. */
  waits(): void;
  /** It waits for a commit; others can run in this thread. */
  commits(): void;
  /** Whether it has the thread, so that the thread is stuck if it does not stop. */
  isRunning(): boolean;
}

export class SharedThread {
  #thread: Promise<NodeWorker> | null = null;
  #isEnded = false;
  /** What ends each Lua that is here, with the reason. */
  #seats = new Set<(error: Error) => void>();
  #busy = 0;
  #answered: (() => void) | null = null;

  /** @returns what starts one Lua here */
  seat(events: SeatEvents): StartThread {
    return async ended => {
      const { MessageChannel } = await builtin<WorkerThreads>("worker_threads");
      const thread = await this.#current();
      // It may have ended while this one waited for it.
      if (this.#isEnded) throw closed();
      const { port1, port2 } = new MessageChannel();
      thread.postMessage({ port: port2 }, [port2]);
      this.#seats.add(ended);
      return this.#seatAt(port1, ended, events);
    };
  }

  #seatAt(port: NodePort, ended: (error: Error) => void, events: SeatEvents): Thread {
    // While it is opened, the program waits for it.
    let isBusy = true;
    this.#hold(1);
    const hold = (busy: boolean) => {
      if (busy === isBusy || !this.#seats.has(ended)) return;
      isBusy = busy;
      if (busy) port.ref();
      else port.unref();
      this.#hold(busy ? 1 : -1);
    };
    return {
      port: {
        post: (message, transfer) => port.postMessage(message, transfer),
        listen: receive =>
          port.on("message", message => {
            if (message.method === "waits") events.waits();
            if (message.method === "commit") events.commits();
            receive(message);
          }),
      },
      isShared: true,
      hold,
      terminate: () => {
        if (!this.#seats.has(ended)) return;
        hold(false);
        this.#seats.delete(ended);
        port.close();
        if (events.isRunning()) this.#check();
      },
    };
  }

  /** A program waits for what is to be done, and not for a thread that does nothing. */
  #hold(more: number): void {
    this.#busy += more;
    this.#withThread(thread => (this.#busy > 0 ? thread.ref() : thread.unref()));
  }

  #withThread(task: (thread: NodeWorker) => void): void {
    this.#thread?.then(task, () => {});
  }

  async #current(): Promise<NodeWorker> {
    if (this.#isEnded) throw closed();
    this.#thread ??= this.#start().catch(error => {
      this.#thread = null;
      throw error;
    });
    return this.#thread;
  }

  async #start(): Promise<NodeWorker> {
    const thread = await startNode(sharedScriptUrl(), error => this.#lost(thread, error));
    thread.on("message", () => this.#answered?.());
    if (this.#busy === 0) thread.unref();
    return thread;
  }

  /** The Luas that were here are told, and start again in another one if they have something to do. */
  #lost(thread: NodeWorker, error: Error): void {
    this.#withThread(current => {
      if (current === thread) this.#endSeats(error);
    });
  }

  #endSeats(error: Error): void {
    this.#thread = null;
    for (const ended of [...this.#seats]) ended(error);
  }

  /** Ends a thread that does not answer. */
  #check(): void {
    if (this.#answered) return;
    this.#withThread(thread => {
      const timer = setTimeout(() => {
        this.#answered = null;
        void thread.terminate();
      }, GRACE);
      this.#answered = () => {
        this.#answered = null;
        clearTimeout(timer);
      };
      thread.postMessage({});
    });
  }

  async end(): Promise<void> {
    const thread = this.#thread?.catch(() => null);
    this.#isEnded = true;
    this.#endSeats(closed());
    await (await thread)?.terminate();
  }
}

const closed = (): Error => new Error("this LuaPool is closed");
