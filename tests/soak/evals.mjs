// Many evals leave the memory that the first thousand left: node tests/soak/evals.mjs [count, default 1000000]
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { open } from "../abi/client.mjs";

const WARM_UP = 1000;

/** Each kind of eval, with what its text must begin with. */
const PROGRAMS = [
  ["return 1+1", true, "2"],
  ['local t = {} error("boom " .. #t)', false, "eval:1: boom 0\nstack traceback:"],
  [
    "local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return co(1), co(21)",
    true,
    "2\t42",
  ],
  [`local s = "${"0123456789".repeat(1000)}" return #s`, true, "10000"],
].map(([source, ok, text]) => ({ bytes: Buffer.from(source), ok, text }));

function figures(lua) {
  lua.exports.run_gc();
  const { wasmPages, luaMemoryUsed } = lua.stats();
  return { wasmPages, luaMemoryUsed };
}

/** Runs `count` evals; fails when memory differs from that after the first thousand. */
export function soak(count, progress = () => {}) {
  const lua = open();
  let first;
  for (let done = 0; done < count; done++) {
    if (done === WARM_UP) first = figures(lua);
    if (done % 100_000 === 0) progress(done, lua);
    const program = PROGRAMS[done % PROGRAMS.length];
    const { ok, text } = lua.eval(program.bytes);
    if (ok !== program.ok || !text.startsWith(program.text)) assert.fail(`eval ${done}: ${text}`);
  }
  const after = figures(lua);
  assert.ok(first, `more than ${WARM_UP} evals are needed`);
  assert.deepEqual(after, first);
  return { first, after };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const count = Number(process.argv[2] ?? 1_000_000);
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  const { first, after } = soak(count, (done, lua) =>
    console.log(`${done} evals, ${seconds()} s`, JSON.stringify(lua.stats())),
  );
  console.log(
    `${count} evals, ${seconds()} s: after the first ${WARM_UP}`,
    JSON.stringify(first),
    "at the end",
    JSON.stringify(after),
  );
}
