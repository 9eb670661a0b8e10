// Heavy programs as users run them, here and in a worker: a timeout ends each, nothing catches it, and Lua goes on with its
// globals. The notes say how many milliseconds late it was; `npm run browsers` prints the longest in each engine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { HEAVY } from "../abi/heavy-programs.mjs";

const TIMEOUT = 100;
const PLACES = {
  "this thread": options => LuaPersistent.open(options),
  "a worker": options => LuaPersistent.openWorker(options),
};

for (const [where, open] of Object.entries(PLACES)) {
  for (const [name, [prepare, endless]] of Object.entries(HEAVY)) {
    test(`${name}: a timeout ends it in ${where}`, async t => {
      const lua = await open({ memoryLimit: 64 << 20 });
      await lua.run(`kept = true ${prepare}`);
      const began = performance.now();
      const run = lua.run(`pcall(function() ${endless} end) caught = true Memory.caught = true`, { timeout: TIMEOUT });
      await assert.rejects(run, { name: "LuaLimitError", limit: "time", message: "interrupted" });
      t.diagnostic(`late in ${where}: ${Math.round(performance.now() - began - TIMEOUT)} ms`);
      assert.deepEqual((await lua.run("return kept, caught, Memory.caught, 1 + 1")).values, [
        true,
        undefined,
        undefined,
        2,
      ]);
      assert.equal(lua.restarts ?? 0, 0);
      await (lua.terminate ? lua.terminate() : lua.close());
    });
  }
}
