// Finalizers have the limits of the call that collects: an eval, or run_gc. Stopping one is an error, and loses no other.
import assert from "node:assert/strict";
import test from "node:test";
import { serviced } from "./serviced.mjs";

const limited = (more = {}) => serviced({ config: "instruction_limit=1000000", error: "", ...more });
const LOOP = "while true do end";
/** Garbage with finalizers that count themselves; the `which`th that is called does what `source` says. */
const garbage = (count, which, source) => `
  called = 0
  for i = 1, ${count} do setmetatable({}, { __gc = function()
    called = called + 1
    if called == ${which} then ${source} end
  end }) end`;

/** The host's messages: their names, and the text of errors. */
const told = lua => lua.host.sent.map(([name, bytes]) => (name === "error" ? bytes.toString("latin1") : name));

test("run_gc sends an error that says which finalizer an instruction limit has ended", () => {
  const lua = limited();
  lua.run(`local function spin() ${LOOP} end setmetatable({}, { __gc = function() spin() end })`);
  lua.exports.run_gc();
  assert.equal(told(lua).length, 1);
  assert.match(
    told(lua)[0],
    /instruction limit exceeded.*stack traceback:\n\teval:1: in .*'spin'.*\n\teval:1: in .*'__gc'/s,
  );
  assert.equal(lua.run("return 1"), "1");
});

test("run_gc sends an error when the host has interrupted a finalizer", () => {
  let asked = 0;
  const lua = serviced({ interrupt: () => (++asked > 3 ? "!" : undefined), error: "" });
  lua.run(`setmetatable({}, { __gc = function() ${LOOP} end })`);
  lua.exports.run_gc();
  assert.match(told(lua).join(), /interrupted/);
  assert.equal(asked, 4);
  asked = 0;
  assert.equal(lua.run("return 1"), "1");
});

test("os.exit in a finalizer ends run_gc, which sends the code", () => {
  const lua = limited();
  lua.run(garbage(3, 1, "os.exit(7)"));
  lua.exports.run_gc();
  assert.match(told(lua).join(), /exit/);
  assert.equal(lua.host.sent[0][1].at(-8), 7);
  lua.exports.run_gc();
  assert.equal(lua.run("return called"), "3");
});

test("run_gc sends nothing else: no error of a finalizer, and none to a host that takes no errors", () => {
  const lua = limited();
  lua.run("setmetatable({}, { __gc = error })");
  lua.exports.run_gc();
  assert.deepEqual(told(lua), []);
  const without = serviced({ config: "instruction_limit=1000000" });
  without.run(`setmetatable({}, { __gc = function() ${LOOP} end })`);
  without.exports.run_gc();
  assert.deepEqual(told(without), []);
  assert.equal(without.run("return 1"), "1");
});

const MODES = { incremental: "", generational: 'collectgarbage("generational")' };
for (const [mode, enter] of Object.entries(MODES)) {
  for (const which of [1, 7, 25]) {
    test(`${mode}: when finalizer ${which} of 25 is stopped in run_gc, all others are called by the next one`, () => {
      const lua = limited();
      lua.run(`${enter} ${garbage(25, which, LOOP)}`);
      lua.exports.run_gc();
      assert.equal(lua.run("return called"), String(which));
      lua.exports.run_gc();
      assert.equal(lua.run("return called"), "25");
    });
  }

  test(`${mode}: a script that is stopped in a finalizer loses no others`, () => {
    const lua = limited();
    lua.run(`${enter} ${garbage(25, 3, LOOP)}`);
    assert.equal(lua.fail("collectgarbage()"), "instruction limit exceeded");
    assert.equal(lua.run("return called"), "3");
    lua.run("collectgarbage()");
    assert.equal(lua.run("return called"), "25");
  });

  test(`${mode}: a script that is stopped while its garbage is collected in steps loses the finalizer that runs, at most`, () => {
    const lua = limited({ config: "instruction_limit=100000" });
    const stops = 50;
    lua.run(`${enter} called, count = 0, 0 mark = { __gc = function() for i = 1, 50 do end called = called + 1 end }`);
    for (let i = 0; i < stops; i++) {
      assert.equal(
        lua.fail("while true do count = count + 1 setmetatable({}, mark) end"),
        "instruction limit exceeded",
      );
    }
    for (let i = 0; i < 100; i++) lua.exports.run_gc();
    const lost = Number(lua.run("return count - called"));
    assert.ok(lost >= 0 && lost <= 2 * stops, `${lost} of ${lua.run("return count")} are lost`);
  });
}

test("a finalizer that each run_gc stops keeps no other one waiting for ever", () => {
  const lua = limited();
  lua.run(`called = 0 for i = 1, 20 do setmetatable({}, { __gc = function() called = called + 1 ${LOOP} end }) end`);
  for (let i = 0; i < 20; i++) lua.exports.run_gc();
  assert.equal(lua.run("return called"), "20");
});

test("run_gc sweeps although a finalizer is stopped", () => {
  const lua = limited();
  lua.run(
    `Memory.t = { x = 1 } id = ext.id(Memory.t) Memory.t = nil setmetatable({}, { __gc = function() ${LOOP} end })`,
  );
  lua.exports.run_gc();
  assert.match(told(lua).join(), /instruction limit exceeded/);
  assert.equal(lua.host.size(Number(lua.run("return id"))), 0);
});

test("no finalizer runs in an empty eval, whatever is due", () => {
  const lua = limited();
  lua.run(
    `collectgarbage("stop") ${garbage(2000, 1, `Memory.called = true ${LOOP}`)} collectgarbage("setpause", 0) collectgarbage("restart")`,
  );
  for (let i = 0; i < 200; i++) assert.equal(lua.run(""), "");
  assert.equal(lua.host.size(1), 0);
  assert.equal(lua.fail("local t for i = 1, 10000 do t = {} end"), "instruction limit exceeded");
  assert.equal(lua.host.size(1), 1);
});

test("no finalizer runs in a collection that the host asks for when a chunk has ended", () => {
  let asks = false;
  const lua = limited({ sweep: "", "sweep end": () => (asks ? ((asks = false), [1]) : undefined) });
  lua.run(`collectgarbage("stop") ${garbage(10, 1, LOOP)}`);
  asks = true;
  assert.equal(lua.run("return called"), "0");
  assert.equal(asks, false);
  assert.equal(lua.run("return called"), "0");
  assert.equal(lua.fail("collectgarbage()"), "instruction limit exceeded");
  assert.equal(lua.run("collectgarbage() return called"), "10");
});
