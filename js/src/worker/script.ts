// Where the worker's script is. Bundlers know the form that is used in a browser.
import { leftBehind } from "../core/environment.ts";

export function startWorker(): Worker {
  const served = leftBehind(import.meta.url, "worker/worker.js");
  if (served) return new Worker(served, { type: "module", name: "lua" });
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "lua" });
}

/** For Node, where nothing is bundled: in a form that bundlers do not see. */
export const scriptUrl = (): URL => new URL(import.meta.url.replace(/[^/]*$/, "worker.js"));
