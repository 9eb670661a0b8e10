// Fault injection on functions of the host and tasks, on the shipped module: whichever allocation fails, it is an error of
// the step or of the call, and the instance works.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LATER, hosting, results } from "../abi/functions.mjs";
import { failingModule } from "./instrument.mjs";
import { chosen } from "./programs.mjs";

const MOST = process.env.TEST_LONG ? Infinity : 60;
const NEVER = 2 ** 30;
/** How many allocations fail in a row. */
const MODES = { once: 1, twice: 2, "from then on": NEVER };
const SOURCES = {
  calls: 'local t = host.now({1, {2, x = "y"}}, print, host.now) return t, print, {host.now("x")}',
  waits:
    'local log = {} local c <close> = setmetatable({}, {__close = function() host.wait() end}) for i = 1, 3 do log[i] = {pcall(host.wait, {i, "x"})} end return log',
  coroutines:
    'local function deep(n) if n == 0 then return host.wait("bottom") end local f = coroutine.wrap(function() coroutine.yield(host.wait(n)) return deep(n - 1) end) return f(), f() end return deep(3)',
  errors: 'local e = select(2, pcall(host.fails)) return tostring(e), require "m", io.read("a")',
};

let module;

function world() {
  module ??= new WebAssembly.Module(failingModule());
  const asked = new Map();
  let input = 3;
  const lua = hosting(
    {
      now: (_, ...values) => results(...values.map(value => (typeof value === "object" ? true : value))),
      wait: (ticket, value) => (asked.set(ticket, [typeof value === "string" ? value : "table"]), LATER),
      fails: () => Buffer.concat([Buffer.of(1), results("message", "Name").subarray(1)]),
      module: () => results('return host.wait("module")'),
      stdin: () => (input-- > 0 ? results("some input ") : results(null)),
    },
    { module },
  );
  return { lua, asked };
}

function fail(lua, allocations, failures) {
  lua.exports.allocations_left.value = allocations;
  lua.exports.failures_left.value = failures;
}

/** A task to its end, while allocations fail. */
function run({ lua, asked }, source) {
  let step = lua.start(source);
  while (step.waiting !== undefined) step = lua.resume(step.waiting, ...(asked.get(step.waiting) ?? []));
  return step;
}

for (const [name, source] of Object.entries(SOURCES)) {
  test(`whichever allocation fails, it is an error and the instance works: ${name}`, () => {
    const plain = world();
    fail(plain.lua, NEVER, 0);
    run(plain, source);
    const allocations = NEVER - plain.lua.exports.allocations_left.value;
    assert.ok(allocations > 20, `${allocations} allocations`);
    let errors = 0;
    for (const [mode, failures] of Object.entries(MODES)) {
      for (const k of chosen(allocations, MOST)) {
        const disturbed = world();
        const { lua } = disturbed;
        fail(lua, k, failures);
        const { ok, first } = run(disturbed, source);
        fail(lua, NEVER, 0);
        if (!ok) errors++;
        assert.ok(
          ok || /not enough memory|stack overflow|malformed message|too many|error object|error loading/.test(first),
          `${mode} ${k}: ${first}`,
        );
        assert.deepEqual(lua.start("return 1 + 1").values, [2n], `${mode} ${k}`);
        const again = lua.start('return host.wait("x"), ...', "y");
        assert.deepEqual(lua.resume(again.waiting, "z").values, ["z", "y"], `${mode} ${k}`);
        lua.exports.run_gc();
      }
    }
    assert.ok(errors > 0, "some failures are seen");
  });
}
