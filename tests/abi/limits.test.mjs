// The services `config` and `interrupt`: what a script can do is limited, and nothing in it can evade that.
import assert from "node:assert/strict";
import test from "node:test";
import { instantiate, builtModule } from "./client.mjs";
import { storeHost, wrap } from "./hosts.mjs";
import { SERVICES, serviced } from "./serviced.mjs";

const limited = steps => serviced({ config: `instruction_limit=${steps}\n` });

/** A host that orders to stop at the n-th time it is asked in an eval. */
function interrupting(nth) {
  let asked = 0;
  const lua = serviced({ interrupt: () => (++asked >= nth ? "" : undefined) });
  return Object.assign(lua, { restart: () => (asked = 0), asked: () => asked });
}

const ENDLESS = {
  while: "while true do end",
  repeat: "repeat until false",
  "a chain of __call": "local t = {} setmetatable(t, {__call = t}) t()",
  "a chain of __call, in a tail call": "local t = {} setmetatable(t, {__call = t}) return t()",
  goto: "::again:: goto again",
  "numeric for": "for i = 1, math.huge do end",
  "float for": "for i = 1.0, math.huge, 0.5 do end",
  "generic for": "for _ in function() return 1 end do end",
  "generic for with a C function":
    "local t = {} for i = 1, 10 do t[i] = i end while true do for _ in pairs(t) do end end",
  "tail calls": "local function f() return f() end f()",
  "tail calls of a vararg function": "local function f(...) return f(...) end f(1)",
  calls: "local function f() end while true do f() end",
  "protected calls": "while true do pcall(error) end",
  "protected calls of a function that fails": "while true do pcall(function() local t; t.x = 1 end) end",
  "xpcall with a handler": "while true do xpcall(error, function() end) end",
  "a coroutine": "coroutine.wrap(function() while true do end end)()",
  "coroutines without end": "while true do coroutine.wrap(function() coroutine.yield() end)() end",
  "resume and yield":
    "local c = coroutine.wrap(function() while true do coroutine.yield() end end) while true do c() end",
  "a metamethod": "return setmetatable({}, { __index = function() while true do end end }).x",
  "a comparison": "return setmetatable({}, { __lt = function() while true do end end }) < {}",
  "a close": "do local c <close> = setmetatable({}, { __close = function() while true do end end }) end",
  "a finalizer": "setmetatable({}, { __gc = function() while true do end end }) collectgarbage()",
  "a message handler": "xpcall(error, function() while true do end end)",
  "tostring of a result": "return setmetatable({}, { __tostring = function() while true do end end })",
  "tostring of an error": "error(setmetatable({}, { __tostring = function() while true do end end }))",
  "string.rep": 'while true do string.rep("x", 1e7, ",") end',
  "string.find, a plain text": 'local s = ("a"):rep(1e6) s:find(("a"):rep(5e5) .. "b", 1, true)',
  "string.find, backtracking": 'local n = 40 ;("a"):rep(n):find(("a?"):rep(n) .. ("a"):rep(n) .. "b")',
  "string.find, long classes": 'local set = "[" .. ("b"):rep(1e5) .. "]*" ;("b"):rep(1e6):find((set):rep(8) .. "x")',
  "string.find, items that match nothing": 'local s = ("x"):rep(3e5) s:find(("y-"):rep(3e5) .. "z")',
  "string.find, long captures": 'local s = ("a"):rep(1e6) s:find("(.-)%1b")',
  "string.find, balanced": '("("):rep(1e6):find("%b()")',
  "string.gsub": 'while true do ("x"):rep(1e4):gsub(".", "%0%0") end',
  "string.format": 'while true do string.format("%s %d", "x", 1) end',
  "string comparison": 'local a, b = ("a"):rep(1e6) .. "x", ("a"):rep(1e6) .. "y" while a < b do end',
  "string equality": 'local a = ("a"):rep(1e6) while a .. "" ~= "" do end',
  "table.concat": "local t = {} for i = 1, 1e4 do t[i] = i end while true do table.concat(t) end",
  "table.sort":
    "table.sort(setmetatable({}, { __len = function() return 1e8 end, __index = function(_, i) return i end, __newindex = function() end }))",
  "table.move": "table.move({}, 1, 1e12, 2)",
  "table.insert": "table.insert(setmetatable({}, { __len = function() return 1e12 end }), 1, 1)",
  "utf8.len": 'local s = ("x"):rep(1e6) while true do utf8.len(s) end',
  "load of a source without end": 'load(function() return "x = 1 " end)',
  collectgarbage: "while true do collectgarbage() end",
  "a chain through a table with weak keys": `local a, x = setmetatable({}, { __mode = "k" })
    for i = 1, math.huge do local n = {} a[n] = { k = { x } } x = n end`,
  "errors of readers, each in the other": `local function nested()
      local done
      load(function() if not done then done = true nested() error() end end)
      nested()
    end
    nested()`,
  "external tables": "while true do Memory.x = Memory.y end",
};

const lua = limited(3e6);
for (const [name, source] of Object.entries(ENDLESS)) {
  test(`an instruction limit ends ${name}`, () => {
    assert.equal(lua.fail(source), "instruction limit exceeded");
    assert.equal(lua.run('return "as before"'), "as before");
  });
}

const interrupted = interrupting(3);
for (const [name, source] of Object.entries(ENDLESS)) {
  test(`an interrupt ends ${name}`, () => {
    interrupted.restart();
    assert.equal(interrupted.fail(source), "interrupted");
    assert.equal(interrupted.asked(), 3, "nothing runs on after the answer");
    interrupted.restart();
    assert.equal(interrupted.run('return "as before"'), "as before");
  });
}

const STOP = "while true do end";
const CATCHING = {
  pcall: `pcall(function() ${STOP} end) caught = true`,
  "pcall of a C function": 'pcall(string.find, ("a"):rep(40), ("a?"):rep(40) .. ("a"):rep(40) .. "b") caught = true',
  "nested pcalls": `pcall(pcall, pcall, function() ${STOP} end) caught = true`,
  xpcall: `xpcall(function() ${STOP} end, function() caught = true end) caught = true`,
  "coroutine.resume": `coroutine.resume(coroutine.create(function() ${STOP} end)) caught = true`,
  "a coroutine in a coroutine": `coroutine.wrap(function()
      coroutine.resume(coroutine.create(function() ${STOP} end)) caught = true
    end)()`,
  "coroutine.wrap in pcall": `pcall(coroutine.wrap(function() ${STOP} end)) caught = true`,
  __close: `local c <close> = setmetatable({}, { __close = function() caught = true end }) ${STOP}`,
  "__close in a coroutine": `local co = coroutine.wrap(function()
      local c <close> = setmetatable({}, { __close = function() caught = true end }) ${STOP}
    end) co()`,
  "a finalizer": `setmetatable({}, { __gc = function() caught = true end }) ${STOP}`,
  load: `load(function() ${STOP} end) caught = true`,
  sort: `pcall(table.sort, { 3, 1, 2 }, function() ${STOP} end) caught = true`,
  gsub: `pcall(string.gsub, "x", ".", function() ${STOP} end) caught = true`,
  require: `package.preload.endless = function() ${STOP} end pcall(require, "endless") caught = true`,
  "external tables": `pcall(function() ${STOP} end) Memory.caught = true`,
};

for (const [name, source] of Object.entries(CATCHING)) {
  test(`${name} does not catch a stop`, () => {
    const fresh = limited(1e6);
    assert.equal(fresh.fail(source), "instruction limit exceeded");
    assert.equal(fresh.run("return caught, Memory.caught"), "nil\tnil");
  });
}

test("a stop shows where the script was", () => {
  const { text } = limited(1e5).eval("local function spin()\n  while true do end\nend\n\nspin()");
  assert.match(
    text,
    /^instruction limit exceeded\nstack traceback:\n\teval:2: in local 'spin'\n\teval:5: in main chunk\n\t\[C\]: in \?$/,
  );
});

test("the limit is exact to 10,000 where each iteration is one instruction", () => {
  const fresh = limited(1e6);
  assert.equal(fresh.run('for i = 1, 990000 do end return "done"'), "done");
  assert.equal(fresh.fail("for i = 1, 1000100 do end"), "instruction limit exceeded");
  assert.equal(fresh.fail("count = 0 while true do count = count + 1 end"), "instruction limit exceeded");
  const count = Number(fresh.run("return count"));
  assert.ok(count > 190000 && count < 260000, `${count} rounds of 4 instructions, and one that is skipped`);
});

test("a capture that is a position costs nothing where it is compared", () => {
  assert.equal(limited(1e4).run('return ("x"):rep(100):find("()x%1")'), "nil");
});

test("every eval has the whole limit", () => {
  const fresh = limited(1e6);
  for (let i = 0; i < 5; i++) assert.equal(fresh.run("for i = 1, 900000 do end return 1"), "1");
});

test("run_gc has the limit too", () => {
  const fresh = limited(1e6);
  fresh.run("setmetatable({}, { __gc = function() while true do end end }) x = 1");
  fresh.exports.run_gc();
  assert.equal(fresh.run("return x"), "1");
});

test("a finalizer that is stopped while results are shown leaves an error and no results", () => {
  const fresh = serviced({ config: "instruction_limit=100000\n", results: "", error: "" });
  const told = [];
  const { set } = fresh.host;
  fresh.host.set = (table, key, value) => (table === SERVICES ? (told.push(key), 0) : set(table, key, value));
  const source = `setmetatable({}, { __gc = function() ${STOP} end })
    return setmetatable({}, { __tostring = function() collectgarbage() return "x" end })`;
  assert.equal(fresh.fail(source), "instruction limit exceeded");
  assert.deepEqual(told, ["error"]);
  assert.equal(fresh.run("return 1"), "1");
  assert.deepEqual(told, ["error", "results"]);
});

test("exceeding the memory limit is an error that pcall catches", () => {
  const fresh = serviced({ config: "memory_limit=3000000\n" });
  assert.equal(fresh.fail("local t = {} for i = 1, 1e9 do t[i] = i end"), "not enough memory");
  assert.equal(fresh.run('return pcall(string.rep, "x", 4e6)'), "false\tnot enough memory");
  assert.ok(fresh.stats().luaMemoryUsed <= 3000000);
  assert.equal(fresh.run('return #("x"):rep(1e6)'), "1000000");
});

/** Leaves some thousand bytes of 3 MB, and 100,000 in `garbage`: too little room for the traceback of calls of long names. */
const FILL = `garbage, spare, full = ("x"):rep(100000), ("x"):rep(4000)
  for size = 17, 4, -1 do pcall(function() while true do full = { full, ("y"):rep(1 << size) } end end) end
  pcall(function() while true do full = { full } end end)
  spare = nil collectgarbage()`;
const DEEP = `garbage = nil
  local function NAME(n) if n > 0 then return 1 + NAME(n - 1) end while true do end end NAME(20)`;

test("a stop in full memory collects nothing any more, and says why the script was stopped", () => {
  const fresh = serviced({ config: "memory_limit=3000000\ninstruction_limit=30000000" });
  fresh.run(FILL);
  const before = fresh.stats().luaMemoryUsed;
  assert.equal(fresh.fail(DEEP.replaceAll("NAME", "f".repeat(200))), "instruction limit exceeded");
  assert.ok(fresh.stats().luaMemoryUsed >= before, "garbage was collected");
  assert.equal(fresh.run("return 1"), "1");
  assert.ok(fresh.stats().luaMemoryUsed < before - 90000, "now it is");
});

test("the memory limit counts what is live: a script that lets go runs on", () => {
  const fresh = serviced({ config: "memory_limit=3000000" });
  assert.equal(fresh.run('for i = 1, 2000 do local s = ("x"):rep(1e5) .. i end return "done"'), "done");
});

for (const config of [
  "memory_limit=12x",
  "instruction_limit=",
  "memory_limit",
  "instruction_limit=-5",
  "x".repeat(300),
]) {
  test(`a configuration that is not understood ends init: ${JSON.stringify(config.slice(0, 30))}`, () => {
    const fresh = serviced({ config });
    assert.equal(fresh.initialised, -1);
    assert.match(fresh.eval("return 1").text, /^lua is not ready/);
  });
}

test("unknown names and empty lines of a configuration are passed over", () => {
  const fresh = serviced({ config: "\nfuture_limit=7\n\ninstruction_limit=1000000\n" });
  assert.equal(fresh.fail(STOP), "instruction limit exceeded");
});

test("a configuration of any length is read whole", () => {
  for (const length of [255, 256, 257, 16_384, 300_000]) {
    const fresh = serviced({ config: `future=${"x".repeat(length)}\ninstruction_limit=1000000` });
    assert.equal(fresh.initialised, 0, `${length} bytes`);
    assert.equal(fresh.fail(STOP), "instruction limit exceeded");
  }
});

test("a list of services is read whole, whatever else is in it", () => {
  const services = `${Array.from({ length: 500 }, (_, i) => `future${i}`).join(" ")} config`;
  assert.equal(serviced({ services, config: "instruction_limit=1000000" }).fail(STOP), "instruction limit exceeded");
});

test("a limit larger than any number is none", () => {
  const fresh = serviced({ config: `instruction_limit=${"9".repeat(40)}\nmemory_limit=${"9".repeat(40)}` });
  assert.equal(fresh.run("for i = 1, 1e6 do end return 1"), "1");
});

test("a host without the services is asked for neither", () => {
  const asked = [];
  const store = storeHost();
  const host = wrap(store, {
    get(table, key, room) {
      if (table === SERVICES) asked.push(key);
      return store.get(table, key, room);
    },
  });
  const plain = instantiate(builtModule(), host);
  assert.equal(plain.exports.init(), 0);
  plain.run("for i = 1, 1e6 do end");
  assert.deepEqual(asked, ["services"]);
});
