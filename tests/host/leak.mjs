// What functions of the host leave behind: memory after many waits, callbacks and released functions, against the memory after
// the first thousand. Prints one line for each; needs --expose-gc. Arguments: how many, and `worker`.
import { LuaPersistent } from "../../js/dist/index.js";

const [count = "100000", where = "page"] = process.argv.slice(2);
const COUNT = Number(count);
const FIRST = 1000;
/** Bytes that may be more: engines keep what they compiled, and their heaps have holes. */
const SLACK = 1_500_000;
/** Lua's tables are as large as what they had at most at one time. */
const SLACK_OF_LUA = 600_000;

let keep;
const host = {
  wait: async x => x,
  call: async f => (await f.call(1))[0],
  keep: f => void (keep = f),
  release: () => keep.release(),
  drop() {},
};
const options = { host, callLimit: 1e9 };
const lua = await (where === "worker" ? LuaPersistent.openWorker(options) : LuaPersistent.open(options));

/** Lua and its host do each `n` times. */
const WORK = {
  waits: n => lua.run("for i = 1, ... do host.wait(i) end", { args: [n] }),
  callbacks: n => lua.run("for i = 1, ... do host.call(function(x) return x + i end) end", { args: [n] }),
  "released functions": n =>
    lua.run("for i = 1, ... do host.keep(function() return i end) host.release() end", { args: [n] }),
  "forgotten functions": n => lua.run("for i = 1, ... do host.drop(function() return i end) end", { args: [n] }),
  tasks: n => lua.run("for i = 1, ... do host.join(host.spawn(function() return i, print end)) end", { args: [n] }),
  "tasks that nobody joins": n => lua.run("for i = 1, ... do host.spawn(function() end) end", { args: [n] }),
  "runs that wait": async n => {
    for (let i = 0; i < n; i++) await lua.run("return host.wait(1)");
  },
};

async function memory() {
  for (let i = 0; i < 6; i++) {
    globalThis.gc();
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  await lua.run("");
  await lua.run("collectgarbage() collectgarbage()");
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { lua: (await lua.getStats()).luaBytes, js: heapUsed + arrayBuffers };
}

let failed = false;
for (const [what, work] of Object.entries(WORK)) {
  await work(FIRST);
  const before = await memory();
  for (let left = COUNT; left > 0; left -= FIRST) {
    await work(Math.min(left, FIRST));
    // What is held at one time depends on when engines collect garbage, and Lua's tables stay as large as they were.
    globalThis.gc();
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  const after = await memory();
  const isLeak = after.lua - before.lua > SLACK_OF_LUA || after.js - before.js > SLACK;
  failed ||= isLeak;
  console.log(
    `${isLeak ? "LEAK" : "ok"} ${COUNT} ${what} (${where}): Lua ${after.lua - before.lua}, JavaScript ${after.js - before.js} bytes more`,
  );
}
await lua.close();
process.exitCode = failed ? 1 : 0;
