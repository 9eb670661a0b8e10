// What functions of the host leave behind: memory after many waits, callbacks and released functions, against the memory after
// the first thousand. It knows nothing of where it runs: leak.mjs and tests/browser/leak.spec.js do.

const FIRST = 1000;
/** Bytes that may be more: engines keep what they compiled, and their heaps have holes. */
const SLACK = 1_500_000;
/** Lua's tables are as large as what they had most at one time. */
const SLACK_OF_LUA = 600_000;

let kept;
const host = {
  wait: async x => x,
  call: async f => (await f.call(1))[0],
  keep: f => void (kept = f),
  release: () => kept.release(),
  drop() {},
};
export const OPTIONS = { host, callLimit: 1e9 };

/** Lua and its host do each `n` times. */
const WORK = {
  waits: (lua, n) => lua.run("for i = 1, ... do host.wait(i) end", { args: [n] }),
  callbacks: (lua, n) => lua.run("for i = 1, ... do host.call(function(x) return x + i end) end", { args: [n] }),
  "released functions": (lua, n) =>
    lua.run("for i = 1, ... do host.keep(function() return i end) host.release() end", { args: [n] }),
  "forgotten functions": (lua, n) => lua.run("for i = 1, ... do host.drop(function() return i end) end", { args: [n] }),
  tasks: (lua, n) =>
    lua.run("for i = 1, ... do host.join(host.spawn(function() return i, print end)) end", { args: [n] }),
  "tasks that nobody joins": (lua, n) => lua.run("for i = 1, ... do host.spawn(function() end) end", { args: [n] }),
  async "runs that wait"(lua, n) {
    for (let i = 0; i < n; i++) await lua.run("return host.wait(1)");
  },
};

/**
 * @param lua opened with OPTIONS
 * @param {number} count of each
 * @param {() => Promise<number>} heap collects JavaScript's garbage, and answers with the bytes that are left
 * @param {(line: string, isLeak: boolean) => void} say hears of each
 */
export async function measure(lua, count, heap, say) {
  const memory = async () => {
    for (let i = 0; i < 5; i++) await heap();
    await lua.run("");
    await lua.run("collectgarbage() collectgarbage()");
    return { js: await heap(), lua: (await lua.getStats()).luaBytes };
  };
  for (const [what, work] of Object.entries(WORK)) {
    await work(lua, FIRST);
    const before = await memory();
    for (let left = count; left > 0; left -= FIRST) {
      await work(lua, Math.min(left, FIRST));
      // What is held at one time depends on when engines collect garbage.
      await heap();
    }
    const after = await memory();
    const [inLua, inJs] = [after.lua - before.lua, after.js - before.js];
    const isLeak = inLua > SLACK_OF_LUA || inJs > SLACK;
    say(`${isLeak ? "LEAK" : "ok"} ${count} ${what}: Lua ${inLua}, JavaScript ${inJs} bytes more`, isLeak);
  }
}
