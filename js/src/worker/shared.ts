// The script of a thread that many Luas share: each comes with a port of its own. For Node and its like.
import { builtin } from "../core/environment.ts";
import { ServedLua } from "./served.ts";

/** The members of a port of Node that are used. */
export interface NodePort {
  postMessage(message: object, transfer?: readonly any[]): void;
  on(event: string, listener: (message: any) => void): void;
  close(): void;
  ref(): void;
  unref(): void;
}

function serve(port: NodePort): void {
  const served = new ServedLua({
    post: (message, transfer) => port.postMessage(message, transfer),
    listen: receive => port.on("message", receive),
  });
  port.on("close", () => served.end());
}

void builtin<{ parentPort: NodePort }>("worker_threads").then(({ parentPort }) => {
  parentPort.on("message", ({ port }: { port?: NodePort }) => {
    if (port) serve(port);
    // An answer says that this thread is not stuck.
    else parentPort.postMessage({});
  });
});
