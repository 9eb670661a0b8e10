// memoryLimit, instructionLimit, timeout and interrupt: what they stop, which error says so, and that Lua goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaError, LuaLimitError, LuaPersistent } from "../../js/dist/index.js";

const open = options => LuaPersistent.open(options);
const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );

/** That `code` is stopped at a limit, and that the next run works. */
async function stops(lua, code, limit, options) {
  const error = await rejection(lua.run(code, options));
  assert.ok(error instanceof LuaLimitError && error instanceof LuaError, String(error));
  assert.equal(error.name, "LuaLimitError");
  assert.equal(error.limit, limit);
  assert.deepEqual((await lua.run("return 1 + 1")).values, [2]);
  return error;
}

const ENDLESS = {
  "a loop": "while true do end",
  "a loop inside pcall, in a loop": "while true do pcall(function() while true do end end) end",
  "a loop inside xpcall with a handler that loops":
    "xpcall(function() while true do end end, function() while true do end end) while true do end",
  "a loop in a coroutine": "local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end",
  "a loop in an error handler": "xpcall(error, function() while true do end end)",
  "a loop in a finalizer":
    "setmetatable({}, {__gc = function() while true do end end}) collectgarbage() while true do end",
  "a loop in a variable to be closed":
    "do local c <close> = setmetatable({}, {__close = function() while true do end end}) error('x') end",
  "string.rep": "while true do string.rep('x', 1 << 20) end",
  "a pattern that backtracks": "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(40))",
  "table.sort with an order that never ends":
    "local t = {} for i = 1, 1000 do t[i] = i end while true do table.sort(t, function() return false end) end",
  "table.concat": "local t = {} for i = 1, 100000 do t[i] = 'x' end while true do table.concat(t) end",
  load: "while true do load(('x = 1 '):rep(1000)) end",
};

test("instructionLimit stops what does not end, whatever tries to catch it", async context => {
  const lua = await open({ instructionLimit: 2_000_000 });
  for (const [what, code] of Object.entries(ENDLESS)) {
    await context.test(what, async () =>
      assert.match((await stops(lua, code, "instructions")).message, /^instruction limit exceeded/),
    );
  }
});

test("timeout stops what does not end, whatever tries to catch it", async context => {
  const lua = await open({ timeout: 50 });
  for (const [what, code] of Object.entries(ENDLESS)) {
    await context.test(what, async () => {
      const began = performance.now();
      assert.match((await stops(lua, code, "time")).message, /^interrupted/);
      assert.ok(performance.now() - began < 5000);
    });
  }
});

test("finalizers in run_gc are not stopped because the last run was long ago", async () => {
  const lua = await open({ timeout: 300 });
  await lua.run(`count, keep = 0, {} collectgarbage() collectgarbage("stop")
    for i = 1, 100 do keep[i] = setmetatable({}, {__gc = function() for i = 1, 3000 do end count = count + 1 end}) end keep = nil`);
  await new Promise(resolve => setTimeout(resolve, 350));
  lua.exports.run_gc();
  assert.deepEqual((await lua.run("return count")).values, [100]);
});

test("each run has all of its instructions", async () => {
  const lua = await open({ instructionLimit: 100_000 });
  for (let i = 0; i < 10; i++)
    assert.deepEqual((await lua.run("local n = 0 for i = 1, 20000 do n = n + 1 end return n")).values, [20_000]);
  await stops(lua, "for i = 1, 1e6 do end", "instructions");
  assert.throws(() => lua.eval("for i = 1, 1e6 do end"), { name: "LuaLimitError", limit: "instructions" });
});

test("memoryLimit: what is more than that is not there, and Lua goes on", async () => {
  const memoryLimit = 1_000_000;
  const lua = await open({ memoryLimit });
  const error = await stops(lua, "local t = {} for i = 1, 1e7 do t[i] = {} end", "memory");
  assert.equal(error.message, "not enough memory");
  await stops(lua, "return ('x'):rep(2000000)", "memory");
  assert.ok(lua.getStats().luaBytes <= memoryLimit);
  assert.deepEqual(
    (await lua.run("return select('#', pcall(string.rep, 'x', 2000000)), #('x'):rep(300000)")).values,
    [2, 300_000],
  );
});

test("a memoryLimit too small for Lua itself is an error of open that names it", async () => {
  const { message } = await rejection(open({ memoryLimit: 1000 }));
  assert.match(message, /^open: memoryLimit is 1000 bytes, and Lua itself holds \d+$/);
});

test("a run has a timeout of its own, in place of that of open", async () => {
  const lua = await open();
  await stops(lua, "while true do end", "time", { timeout: 20 });
  const patient = await open({ timeout: 1 });
  const code = "local n = 0 for i = 1, 3000000 do n = n + 1 end return n";
  await stops(patient, "while true do end", "time");
  assert.deepEqual((await patient.run(code, { timeout: Infinity })).values, [3_000_000]);
});

test("interrupt is asked while Lua runs, and true ends the run", async () => {
  let asked = 0;
  const lua = await open({ interrupt: () => ++asked > 3 });
  await assert.rejects(lua.run("while true do end"), { name: "LuaLimitError", limit: "time" });
  assert.equal(asked, 4);
});

test("what interrupt throws ends the run, and is what it is rejected with", async () => {
  const failure = new RangeError("mine");
  const interrupt = () => {
    throw failure;
  };
  assert.equal(await rejection((await open({ interrupt })).run("while true do end")), failure);
});

test("output and changes before a limit are there; with rollbackOnError the changes are not", async () => {
  const code = "print('before') Memory.x = 1 while true do end";
  const lua = await open({ instructionLimit: 100_000 });
  assert.equal((await stops(lua, code, "instructions")).output, "before\n");
  assert.equal(lua.table(1).get("x"), 1);
  const careful = await open({ timeout: 20, rollbackOnError: true });
  await stops(careful, code, "time");
  assert.equal(careful.table(1).get("x"), undefined);
});

test("an image keeps its limits, and a timeout is an option of each opening", async () => {
  const lua = await open({ instructionLimit: 100_000, memoryLimit: 2_000_000 });
  const copy = await LuaPersistent.openImage(await lua.saveImage());
  await stops(copy, "while true do end", "instructions");
  await stops(copy, "return ('x'):rep(3000000)", "memory");
  const timed = await LuaPersistent.openImage(await (await open()).saveImage(), { timeout: 20 });
  await stops(timed, "while true do end", "time");
});

test("output of a slow script arrives while it runs", async () => {
  let asked = 0;
  let printed = "";
  const lua = await open({ onOutput: text => (printed += text), interrupt: () => ++asked > 1000 || printed !== "" });
  const error = await rejection(lua.run("print('begun') while true do end"));
  assert.deepEqual([printed, error.output, error.limit], ["begun\n", "begun\n", "time"]);
  assert.ok(asked < 10, `asked ${asked} times`);
});

test("a run that was stopped has the line where it was, though its message has none", async () => {
  const code = "local n = 0\nwhile true do\n  n = n + 1\nend";
  const lines = [];
  for (const [options, what] of [
    [{ timeout: 20 }, "time"],
    [{ instructionLimit: 100_000 }, "instructions"],
  ]) {
    const { line, limit } = await rejection((await open(options)).run(code));
    assert.equal(limit, what);
    lines.push(line);
  }
  assert.ok(
    lines.every(line => line >= 2 && line <= 4),
    `${lines}`,
  );
});

test("onSteps hears the steps of a run so far, and of what runs beside it", async () => {
  const lua = await open();
  const heard = [];
  const onSteps = steps => heard.push(steps);
  await lua.run("for i = 1, 1e6 do end", { onSteps });
  const alone = heard.at(-1);
  assert.ok(alone >= 900_000 && alone <= 1_200_000, String(heard));
  heard.length = 0;
  await lua.run("host.join(host.spawn(function() for i = 1, 1e6 do end end)) for i = 1, 1e6 do end", { onSteps });
  assert.ok(heard.at(-1) >= 1.8 * alone && heard.at(-1) <= 2.4 * alone, String(heard));
  heard.length = 0;
  lua.eval("for i = 1, 1e6 do end", { onSteps });
  assert.equal(heard.at(-1), alone);
});
