// Runs every program of depth-programs.mjs and says how each failed: as JSON to a parent process that gave it a smaller
// stack, or as a message to the thread that made it.
import { isMainThread, parentPort } from "node:worker_threads";
import { open } from "./client.mjs";
import { programs } from "./depth-programs.mjs";

const results = {};
for (const [name, source] of Object.entries(programs)) {
  try {
    const { ok, text } = open().eval(source);
    results[name] = ok ? `no error: ${text.slice(0, 100)}` : text.split("\n")[0];
  } catch (error) {
    results[name] = `threw ${error}`;
  }
}
if (isMainThread) console.log(JSON.stringify(results));
else parentPort.postMessage(results);
