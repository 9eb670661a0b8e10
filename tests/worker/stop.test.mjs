// Runs that are stopped by asking Lua: where memory is shared, and by timeout everywhere, Lua and its globals go on.
import assert from "node:assert/strict";
import { LuaLimitError } from "../../js/dist/index.js";
import { RUNAWAYS, before, openWorker, rejection, test } from "./helpers.mjs";

let lua;
before(async () => {
  lua = await openWorker();
  await lua.run("x, Memory.n = 'global', 1");
});

/** That Lua is at the last committed state, with its globals. */
async function goesOn() {
  assert.deepEqual((await lua.run("return x, Memory.n, Memory.half")).values, ["global", 1, undefined]);
  assert.equal(lua.restarts, 0);
}

for (const [what, endless] of Object.entries(RUNAWAYS)) {
  const code = `Memory.n, Memory.half = 2, true print('so far') ${endless}`;

  test(`${what}: a timeout stops it, nothing of it stays, and Lua goes on`, async () => {
    const error = await rejection(lua.run(code, { timeout: 50 }));
    assert.ok(error instanceof LuaLimitError);
    assert.deepEqual([error.limit, error.message, error.output], ["time", "interrupted", "so far\n"]);
    await goesOn();
  });

  test(`${what}: a signal stops it with its reason, nothing of it stays, and Lua goes on`, async () => {
    const stop = new AbortController();
    const run = rejection(lua.run(code, { signal: stop.signal }));
    setTimeout(() => stop.abort(), 50);
    assert.equal(await run, stop.signal.reason);
    assert.equal(stop.signal.reason.name, "AbortError");
    await goesOn();
  });
}

test("eval is stopped like run", async () => {
  const stop = new AbortController();
  const options = { signal: stop.signal, onOutput: () => stop.abort() };
  assert.equal(
    await rejection(lua.eval("Memory.half = true print('x') io.flush() while true do end", options)),
    stop.signal.reason,
  );
  assert.equal((await rejection(lua.eval("Memory.half = true while true do end", { timeout: 30 }))).limit, "time");
  await goesOn();
});

test("the timeout of openWorker is that of each run, and a run can have its own", async () => {
  const own = await openWorker({ timeout: 20 });
  assert.equal((await rejection(own.run("while true do end"))).limit, "time");
  assert.equal((await rejection(own.eval("while true do end"))).limit, "time");
  const code = "local n = 0 for i = 1, 3000000 do n = n + 1 end return n";
  assert.deepEqual((await own.run(code, { timeout: Infinity })).values, [3_000_000]);
  assert.deepEqual((await own.run(code, { timeout: 2 ** 40 })).values, [3_000_000]);
});

test("time counts from the beginning of a run, not from when it was asked for", async () => {
  const first = lua.run("for i = 1, 1e9 do end", { timeout: 300 });
  const second = lua.run("return 1", { timeout: 250 });
  assert.equal((await rejection(first)).limit, "time");
  assert.deepEqual((await second).values, [1]);
});

test("a signal that was aborted before: the run does not begin", async () => {
  const reason = new Error("mine");
  assert.equal(await rejection(lua.run("Memory.half = true", { signal: AbortSignal.abort(reason) })), reason);
  await goesOn();
});

test("a signal's reason stays as it is, whatever it is", async () => {
  const reason = { result: "not of a run", value: Uint8Array.of(1) };
  const stop = new AbortController();
  const run = rejection(lua.run("while true do end", { signal: stop.signal }));
  setTimeout(() => stop.abort(reason), 30);
  assert.equal(await run, reason);
  assert.deepEqual(reason, { result: "not of a run", value: Uint8Array.of(1) });
});

test("a signal ends waiting at once, and the run never begins", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const running = rejection(lua.run("while true do end", { signal: first.signal }));
  const waiting = rejection(lua.run("Memory.half = true", { signal: second.signal }));
  second.abort("not any more");
  assert.equal(await waiting, "not any more");
  first.abort();
  assert.equal(await running, first.signal.reason);
  await goesOn();
});

test("a signal of a finished run stops nothing", async () => {
  const stop = new AbortController();
  await lua.run("return 1", { signal: stop.signal });
  const next = lua.run("for i = 1, 3e6 do end return 2");
  stop.abort();
  assert.deepEqual((await next).values, [2]);
  await goesOn();
});

test("a run that fails by itself keeps its changes, as in open, and not with rollbackOnError", async () => {
  for (const rollbackOnError of [false, true]) {
    const own = await openWorker({ rollbackOnError });
    await rejection(own.run("Memory.a = 1 error('x')"));
    assert.deepEqual((await own.run("return Memory.a")).values, [rollbackOnError ? undefined : 1]);
  }
});
