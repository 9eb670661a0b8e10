// A worker as such, the same in a browser and in Node: starts it, sends messages, ends it. It knows nothing about Lua.
import { builtin, inNode } from "../core/environment.ts";
import type { Port } from "./channel.ts";
import { scriptUrl, startWorker } from "./script.ts";

export interface Thread {
  port: Port;
  /** Whether other Luas run there, too, so that what is sent may begin later. */
  isShared?: boolean;
  terminate(): void;
  /** Whether a program in Node waits for it. */
  hold(isBusy: boolean): void;
}

/** Called when it ended by itself, with the reason. */
type Ended = (error: Error) => void;

export type StartThread = (ended: Ended) => Promise<Thread>;

/** The members of a worker of Node that are used. */
export interface NodeWorker {
  postMessage(message: object, transfer?: readonly any[]): void;
  on(event: string, listener: (what: any) => void): void;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

interface WorkerThreads {
  Worker: new (script: URL | string, options: object) => NodeWorker;
}

/** @throws {Error} there are no workers here, or this page must not have one */
export async function startThread(ended: Ended): Promise<Thread> {
  try {
    return await (inNode ? nodeThread(ended) : browserThread(ended));
  } catch (cause) {
    throw new Error(`the Lua worker cannot be started: ${cause.message}`, { cause });
  }
}

function browserThread(ended: Ended): Thread {
  const worker = startWorker();
  worker.onerror = event => {
    event.preventDefault();
    ended(new Error(event.message || "its script could not be loaded"));
  };
  worker.onmessageerror = () => ended(new Error("a message could not be read"));
  return {
    port: {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      listen: receive => (worker.onmessage = ({ data }) => receive(data)),
    },
    terminate: () => worker.terminate(),
    hold() {},
  };
}

/** @returns a worker of Node, which runs this script */
export async function startNode(script: URL | string, ended: Ended): Promise<NodeWorker> {
  const { Worker } = await builtin<WorkerThreads>("worker_threads");
  // Flags such as --input-type are for the program, and make other files fail.
  const worker = new Worker(script, { name: "lua", execArgv: [] });
  worker.on("error", ended);
  worker.on("exit", (code: number) => ended(new Error(`it exited with code ${code}`)));
  return worker;
}

async function nodeThread(ended: Ended): Promise<Thread> {
  const worker = await startNode(scriptUrl(), ended);
  return {
    port: {
      post: (message, transfer) => worker.postMessage(message, transfer),
      listen: receive => worker.on("message", receive),
    },
    terminate: () => void worker.terminate(),
    hold: isBusy => (isBusy ? worker.ref() : worker.unref()),
  };
}
