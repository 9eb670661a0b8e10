// Where the worker's script is. Bundlers know the form that is used in a browser. Or it is in the program itself.
import { leftBehind } from "../core/environment.ts";
import { inlined } from "../core/inlined.ts";

/** Of the script, for as long as the program runs. */
let blob: string | undefined;

export function startWorker(): Worker {
  if (inlined.script) {
    blob ??= URL.createObjectURL(new Blob([inlined.script], { type: "text/javascript" }));
    return new Worker(blob, { type: "module", name: "lua" });
  }
  const served = leftBehind(import.meta.url, "worker/worker.js");
  if (served) return new Worker(served, { type: "module", name: "lua" });
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "lua" });
}

/** For Node, where nothing is bundled: in a form that bundlers do not see. */
export const scriptUrl = (): URL =>
  inlined.script
    ? new URL(`data:text/javascript,${encodeURIComponent(inlined.script)}`)
    : new URL(import.meta.url.replace(/[^/]*$/, "worker.js"));

/** Of a thread that many Luas share, in Node only. */
export const sharedScriptUrl = (): URL => new URL(import.meta.url.replace(/[^/]*$/, "shared.js"));
