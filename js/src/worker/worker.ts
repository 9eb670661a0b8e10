// The worker's script: one Lua, for the page that started the worker.
import { builtin, inNode } from "../core/environment.ts";
import type { Port } from "./channel.ts";
import { ServedLua } from "./served.ts";

/** The members of a worker's own thread that are used, in a browser and in Node. */
interface BrowserScope {
  postMessage(message: object, transfer?: Transferable[]): void;
  onmessage: ((event: { data: unknown }) => void) | null;
}
interface WorkerThreads {
  parentPort: {
    postMessage(message: object, transfer?: Transferable[]): void;
    on(event: string, listener: (message: unknown) => void): void;
  };
}

async function pagePort(): Promise<Port> {
  if (!inNode) {
    const scope = globalThis as unknown as BrowserScope;
    return {
      post: (message, transfer) => scope.postMessage(message, transfer),
      listen: receive => (scope.onmessage = ({ data }) => receive(data)),
    };
  }
  const { parentPort } = await builtin<WorkerThreads>("worker_threads");
  return {
    post: (message, transfer) => parentPort.postMessage(message, transfer),
    listen: receive => parentPort.on("message", receive),
  };
}

void pagePort().then(port => new ServedLua(port));
