// What functions of the host leave behind in Node (leaks.mjs). Prints one line for each; needs --expose-gc. Arguments: how many,
// and `worker`. In a page: tests/browser/leak.spec.js.
import { setTimeout } from "node:timers/promises";
import { LuaPersistent } from "../../js/dist/index.js";
import { OPTIONS, measure } from "./leaks.mjs";

const [count = "100000", where] = process.argv.slice(2);

async function heap() {
  globalThis.gc();
  await setTimeout(5);
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const lua = await (where === "worker" ? LuaPersistent.openWorker(OPTIONS) : LuaPersistent.open(OPTIONS));
await measure(lua, Number(count), heap, (line, isLeak) => {
  console.log(line);
  if (isLeak) process.exitCode = 1;
});
await lua.close();
