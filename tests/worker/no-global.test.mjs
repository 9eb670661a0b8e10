// An isolated page in WebKitGTK: memory can be shared, and SharedArrayBuffer is not a global. Stop keeps Lua's globals.
import assert from "node:assert/strict";
import { openWorker, rejection, test } from "./helpers.mjs";

delete globalThis.SharedArrayBuffer;
globalThis.crossOriginIsolated = true;

test("without the global SharedArrayBuffer a signal stops a run, and Lua goes on", async () => {
  const lua = await openWorker();
  await lua.run("x = 'global'");
  const stop = new AbortController();
  assert.equal(
    await rejection(lua.run("print('on') while true do end", { signal: stop.signal, onOutput: () => stop.abort() })),
    stop.signal.reason,
  );
  assert.deepEqual([(await lua.run("return x")).values, lua.restarts], [["global"], 0]);
});
