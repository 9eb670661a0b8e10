// Tasks that wait for the host (abi.md section 9).
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, builtModule, instantiate } from "./client.mjs";
import { LATER, held, hosting, requesting, results } from "./functions.mjs";

/** A host whose `wait(x)` is not ready, and is answered with x; `now(x)` gives x at once. */
function waiting(options) {
  const asked = new Map();
  const lua = hosting(
    { wait: (ticket, ...args) => (asked.set(ticket, args), LATER), now: (_, ...args) => results(...args) },
    options,
  );
  lua.asked = asked;
  lua.go = source => lua.finish(source, ticket => asked.get(ticket));
  return lua;
}

/** Where a task can wait: each runs with `wait` as host.wait, and must do as with host.now. */
const PLACES = {
  "at the top level": "print(wait(1), wait(2, 3)) return wait(4)",
  "in pcall":
    'print(pcall(function() print(wait(1)) error("x" .. wait(2)) end)) print(pcall(wait, 5)) return pcall(pcall, wait, 6)',
  "in xpcall with a handler":
    'print(xpcall(function(...) print(..., wait(1)) error("x") end, function(m) return m .. "!" end, 7))',
  "in nested pcall": "print(pcall(pcall, pcall, function() error(wait(3)) end))",
  "in __index and __newindex":
    "local t = setmetatable({}, {__index = function(_, k) return wait(k) end, __newindex = function(t, k, v) rawset(t, k, wait(v)) end}) print(t.a, t.b) t.c = 5 print(t.c)",
  "__index that is the function":
    "local t = setmetatable({}, {__index = function(t, k) return (wait(k)) end}) print(t.x, t[1])",
  "in arithmetic and concatenation": `local m = {} for _, e in ipairs {"add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat"} do m["__" .. e] = function(a, b) return wait(e) end end
    local a, b = setmetatable({}, m), setmetatable({}, m) print(a + b, a - b, a * b, a / b, a % b, a ^ b, -a, a // b, a & b, a | b, a ~ b, a << b, a >> b, ~a, a .. b, 1 + a, a + 1, "x" .. a .. "y")`,
  "in comparisons, length and calls":
    'local m = {__eq = function() return wait(true) end, __lt = function() return wait(false) end, __le = function() return wait(true) end, __len = function() return wait(9) end, __call = function(_, ...) return wait(...) end} local a, b = setmetatable({}, m), setmetatable({}, m) print(a == b, a ~= b, a < b, a <= b, a > b, #a, a(1, 2)) if a < b then print "lt" else print "ge" end',
  "in __close":
    'do local x <close> = setmetatable({}, {__close = function(_, e) print("close", wait(1), e) end}) print "in" end print(pcall(function() local y <close> = setmetatable({}, {__close = function(_, e) print(wait("c"), e) end}) error("e", 0) end))',
  "__close on return and break":
    'local function f() local y <close> = setmetatable({}, {__close = function() wait(1) print "closed" end}) return wait(2), 3 end print(f()) for i = 1, 2 do local z <close> = setmetatable({}, {__close = function() print(wait(i)) end}) if i == 1 then break end end',
  "in for iterators":
    "for i, v in function(_, i) i = wait(i + 1) if i < 4 then return i, i * i end end, nil, 0 do print(i, v) end for k, v in pairs {wait(5), 6} do print(k, wait(v)) end",
  "in __pairs":
    "for k, v in pairs(setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return 1, wait(2) end end, t, nil end})) do print(k, v) end",
  "in tail calls and vararg functions":
    "local function f(...) return wait(...) end local function g(...) local a = wait(...) return f(a, ...) end print(g(1, 2, nil)) print((f(3, 4)))",
  "in a coroutine":
    'local co = coroutine.create(function(a) local b = coroutine.yield(wait(a)) print(b) return wait("end") end) print(coroutine.resume(co, 1)) print(coroutine.status(co)) print(coroutine.resume(co, 2)) print(coroutine.status(co), coroutine.resume(co))',
  "in coroutine.wrap":
    'local f = coroutine.wrap(function(...) print(...) print(coroutine.yield(wait(1), 2)) error("x" .. wait(3), 0) end) print(f(8, 9)) print(pcall(f, 10)) print(pcall(f))',
  "in coroutines three deep":
    'local function deep(n) if n == 0 then return wait("bottom") end local f = coroutine.wrap(function() coroutine.yield(wait(n)) local r = deep(n - 1) coroutine.yield(r) return wait(-n) end) print(f()) local r = f() print(f()) return r end print(deep(3)) print(select(2, coroutine.resume(coroutine.create(function() return deep(3) end))))',
  "in a coroutine as an iterator":
    "for v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(wait(i)) end end) do print(v, wait(v)) end",
  "in pcall in a coroutine in pcall":
    'print(pcall(coroutine.wrap(function() print(pcall(function() wait(1) coroutine.yield(2) error(wait("e"), 0) end)) return wait(4) end)))',
  "beside a neighbour that is closed":
    'local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() print "closed" end}) wait(1) coroutine.yield(2) end) print(coroutine.resume(co)) print(wait(3)) print(coroutine.close(co), coroutine.status(co))',
  "in an error of a coroutine with variables to be closed":
    'print(pcall(coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() print "c" end}) wait(1) error("e", 0) end)))',
  "in require":
    'package.preload.m = function(name, x) print(name, x, wait(1)) return {v = wait(2)} end print(require("m").v, require("m") == package.loaded.m, select(2, require "m")) package.preload.n = function() wait(1) end print(require "n") package.preload.e = function() wait(1) error("bad", 0) end print(pcall(require, "e"))',
  "in a chunk of load and dofile": 'print(load("local a = ... return a, wait(a)", "=c", "t", {wait = wait})(5))',
  "results of a wait are as many as there are": 'print(select("#", wait()), select("#", wait(nil, nil)), (wait(1, 2)))',
  "with deep recursion":
    "local function r(n) if n == 0 then return wait(0) end return 1 + r(n - 1) end print(r(5000)) print(pcall(r, 3000))",
};

for (const [place, source] of Object.entries(PLACES)) {
  test(`a task waits ${place}`, () => {
    const expected = waiting().go(`local wait = host.now ${source}`);
    const lua = waiting();
    const actual = lua.go(`local wait = host.wait ${source}`);
    assert.ok(lua.asked.size > 0, "it has waited");
    assert.deepEqual(
      [actual.ok, actual.text, actual.out, actual.values],
      [expected.ok, expected.text, expected.out, expected.values],
    );
    assert.ok(expected.ok, expected.text);
    assert.deepEqual(lua.start("return 1").values, [1n]);
  });
}

test("a wait sends its ticket and returns 0, and others run meanwhile", () => {
  const lua = waiting();
  const step = lua.start("x = 1 x = host.wait(5) return x");
  assert.deepEqual([step.waiting, step.n, step.values], [1, 0, undefined]);
  assert.deepEqual(lua.ask("return x").values, [1n]);
  const other = lua.start("return host.wait()");
  assert.equal(other.waiting, 2);
  assert.deepEqual(lua.resume(1, "a", "b").values, ["a"]);
  assert.deepEqual(lua.resume(2, "c").values, ["c"]);
});

test("resume takes a ticket and a boolean, and an error of one to three values", () => {
  const lua = waiting();
  const wait = () =>
    lua.start("local ok, e = pcall(host.wait) e = e or {} return ok, e.message, e.name, e.code, e.host").waiting;
  assert.deepEqual(lua.refuse(wait(), "late").values, [false, "late", null, null, "wait"]);
  assert.deepEqual(lua.refuse(wait(), "late", "Name", "code", "more").values, [false, "late", "Name", "code", "wait"]);
  const ticket = wait();
  assert.equal(lua.request("resume", BigInt(ticket)).first, "malformed message");
  assert.equal(lua.request("resume", BigInt(ticket), 1n).first, "malformed message");
  assert.deepEqual(lua.resume(ticket).values, [true, null, null, null, null], "it still waits");
  for (const none of ["1", 0.5, true, null]) assert.equal(lua.request("resume", none, true).ok, false);
});

test("release takes what is held, and nothing else", () => {
  const lua = waiting();
  const [f] = lua.ask("return print").values;
  for (const value of ["host.wait", { named: "wait" }, 1n, null])
    assert.equal(lua.request("release", value).first, "malformed message");
  assert.equal(lua.request("release", held(99)).first, "malformed message");
  assert.deepEqual(lua.request("call", held(f.held)).ok, true);
  assert.equal(lua.request("release", held(f.held)).ok, true);
  assert.equal(lua.request("release").ok, true);
});

test("a ticket that nobody waits for is an error", () => {
  const lua = waiting();
  lua.start("host.wait()");
  lua.resume(1);
  for (const ask of [() => lua.resume(1), () => lua.cancel(1), () => lua.resume(99), () => lua.refuse(0)])
    assert.match(ask().first, /^no task waits for ticket \d+$/);
});

test("an error of the host that comes later is the table", () => {
  const lua = waiting();
  lua.start("local ok, e = pcall(host.wait) return ok, e.message, e.name, e.code, e.host, tostring(e)");
  assert.deepEqual(lua.refuse(1, "late", "TypeError", 5n).values, [
    false,
    "late",
    "TypeError",
    5n,
    "wait",
    "host.wait: late",
  ]);
});

test("an uncaught error of a task has the traceback of the task", () => {
  const lua = waiting();
  lua.start('local function f() host.wait() error("x") end\nf()');
  assert.equal(
    lua.resume(1).text,
    "task:1: x\nstack traceback:\n\t[C]: in function 'error'\n\ttask:1: in local 'f'\n\ttask:2: in main chunk\n\t[C]: in ?",
  );
  assert.equal(
    lua.start('\nerror("y")').text,
    "task:2: y\nstack traceback:\n\t[C]: in function 'error'\n\ttask:2: in main chunk\n\t[C]: in ?",
  );
  assert.equal(lua.start("x =").text, "task:1: unexpected symbol near <eof>");
});

test("a coroutine that waits is normal for everyone else", () => {
  const lua = waiting();
  lua.start(
    'co = coroutine.create(function() host.wait() end) wrapped = coroutine.wrap(function() host.wait() end) coroutine.resume(co) return "end"',
  );
  assert.deepEqual(lua.ask("return coroutine.status(co)").values, ["normal"]);
  assert.deepEqual(lua.ask("return coroutine.resume(co)").values, [false, "cannot resume non-suspended coroutine"]);
  assert.equal(lua.ask("coroutine.close(co)").first, "chunk:1: cannot close a normal coroutine");
  lua.start("wrapped()");
  assert.match(lua.ask("wrapped()").first, /cannot resume non-suspended coroutine$/);
  assert.deepEqual(lua.resume(1).values, ["end"]);
  assert.deepEqual(lua.ask("return coroutine.status(co)").values, ["dead"]);
});

test("to yield in a task is to yield outside of coroutines", () => {
  const lua = waiting();
  assert.equal(lua.start("coroutine.yield(1)").first, "attempt to yield from outside a coroutine");
  assert.deepEqual(lua.start("return pcall(coroutine.yield, 1)").values, [
    false,
    "attempt to yield from outside a coroutine",
  ]);
});

const REFUSED = {
  "table.sort": "table.sort({3, 1, 2}, function(a, b) return host.wait(a < b) end)",
  "string.gsub": '("x"):gsub("x", host.wait)',
  load: "error(select(2, load(function() return host.wait() end)), 0)",
  "table.concat":
    "table.concat(setmetatable({}, {__index = function() return host.wait() end, __len = function() return 1 end}))",
  tostring: "tostring(setmetatable({}, {__tostring = function() return host.wait() end}))",
  print: "print(setmetatable({}, {__tostring = function() return host.wait() end}))",
  "table.sort ":
    "table.sort({3, 1, 2}, coroutine.wrap(function() pcall(host.wait) error(select(2, pcall(host.wait)), 0) end))",
  "table.sort  ":
    "coroutine.wrap(function() pcall(function() table.sort({3, 1, 2}, function() select(2, pcall(pcall, error)) host.wait() end) end) error(select(2, pcall(function() table.sort({1, 2}, function() host.wait() end) end)), 0) end)()",
  "coroutine.close":
    "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() host.wait() end}) coroutine.yield() end) coroutine.resume(co) error(select(2, coroutine.close(co)), 0)",
  "a message handler":
    "error(select(2, xpcall(function() local x = nil + 1 end, function() return select(2, pcall(host.wait)) end)), 0)",
  "for iterator": "for _ in ipairs(setmetatable({}, {__index = function() return host.wait() end})) do end",
  "a hook":
    'local e debug.sethook(function() debug.sethook() e = select(2, pcall(host.wait)) end, "", 1) local x = 1 error(e, 0)',
  __gc: "local ok, e setmetatable({}, {__gc = function() ok, e = pcall(host.wait) end}) collectgarbage() error(e, 0)",
};

for (const [what, source] of Object.entries(REFUSED)) {
  test(`a wait inside ${what} is refused by name`, () => {
    const lua = waiting();
    const step = lua.start(source);
    assert.ok(step.first.endsWith(`host.wait: cannot wait here (inside ${what.trim()})`), step.first);
    assert.equal(step.abandoned.length, lua.calls.length);
    assert.equal(lua.start("host.wait()").waiting, lua.calls.length);
  });
}

test("a coroutine of an eval cannot wait", () => {
  assert.match(
    waiting().ask("coroutine.wrap(function() host.wait() end)()").first,
    /host\.wait: cannot wait here \(outside a task\)$/,
  );
});

test("call runs a function as a task", () => {
  const lua = waiting();
  const [f] = lua.ask("return function(a) return a, host.wait(a) end").values;
  assert.equal(lua.request("call", held(f.held), 5n).waiting, 1);
  assert.deepEqual(lua.resume(1, 6n).values, [5n, 6n]);
  assert.match(lua.request("call", "x").first, /malformed message/);
});

test("cancel closes the pending variables, of inner coroutines first", () => {
  const lua = waiting();
  lua.start(`log = {} local function note(s) return setmetatable({}, {__close = function() log[#log + 1] = s end}) end
    local a <close> = note "outer" coroutine.wrap(function() local b <close> = note "inner" pcall(function() local c <close> = note "innermost" host.wait() end) log[#log + 1] = "caught" end)() log[#log + 1] = "went on"`);
  assert.equal(lua.cancel(1).ok, true);
  assert.deepEqual(lua.ask('return table.concat(log, " ")').values, ["innermost inner outer"]);
  assert.match(lua.cancel(1).first, /no task waits/);
});

test("as many coroutines as Lua lets resume each other wait, go on, and are cancelled", () => {
  const lua = waiting();
  const deep =
    "local function deep(n) if n == 0 then return host.wait(1) end local x <close> = setmetatable({}, {__close = function() closed = (closed or 0) + 1 end}) return (coroutine.wrap(deep)(n - 1)) end return deep(...)";
  const depths = [1n, 50n, 150n, 180n, 190n, 195n, 198n, 250n].filter(n => {
    const step = lua.start(deep, n);
    if (step.waiting === undefined) return assert.match(step.text, /C stack overflow/);
    assert.deepEqual(lua.resume(step.waiting, "up").values, ["up"], `${n} deep`);
    lua.ask("closed = 0");
    assert.equal(lua.cancel(lua.start(deep, n).waiting).ok, true);
    assert.deepEqual(lua.ask("return closed").values, [n]);
    return true;
  });
  assert.ok(depths.includes(150n) && !depths.includes(250n), `${depths}`);
});

test("an error while a task is cancelled is told, and all is closed", () => {
  const lua = waiting();
  lua.start(
    'local a <close> = setmetatable({}, {__close = function() closed = true end}) coroutine.wrap(function() local b <close> = setmetatable({}, {__close = function() error("c", 0) end}) host.wait() end)()',
  );
  assert.equal(lua.cancel(1).first, "c");
  assert.deepEqual(lua.ask("return closed").values, [true]);
});

test("limits are those of a step, and a stopped step ends the task", () => {
  const lua = waiting({
    services: "host request results error stdout config",
    more: { config: Buffer.from("instruction_limit=1000000") },
  });
  lua.start('for i = 1, 5 do for j = 1, 300000 do end host.wait() end return "all"');
  for (let ticket = 1; ticket < 5; ticket++) assert.equal(lua.resume(ticket).waiting, ticket + 1);
  assert.deepEqual(lua.resume(5).values, ["all"]);
  lua.start('pcall(function() host.wait() while true do end end) return "caught"');
  assert.equal(lua.resume(6).first, "instruction limit exceeded");
  assert.match(lua.resume(6).first, /no task waits/);
  assert.deepEqual(lua.start("return 1").values, [1n]);
});

test("a task that waits goes on in an image", () => {
  const lua = waiting();
  lua.start(
    "local n = 0 for v in coroutine.wrap(function() while true do coroutine.yield(host.wait()) end end) do n = n + v if v == 0 then return n end end",
  );
  const image = new Uint8Array(lua.memory.buffer.slice(0));
  const copy = instantiate(builtModule(), lua.host);
  copy.memory.grow((image.length - copy.memory.buffer.byteLength) / PAGE);
  new Uint8Array(copy.memory.buffer).set(image);
  requesting(copy, lua.state);
  for (const instance of [copy, lua]) {
    assert.equal(instance.resume(1, 3n).waiting, 2);
    assert.equal(instance.resume(2, 4n).waiting, 3);
    assert.deepEqual(instance.resume(3, 0n).values, [7n]);
  }
});

test("waits, callbacks and released functions leave no memory", () => {
  const lua = waiting();
  const [f] = lua.ask("return function(g) host.now(g) return host.wait(function() end) end").values;
  let after;
  for (let round = 1; round <= 100_000; round++) {
    lua.request("call", held(f.held));
    const [ticket, , [g]] = lua.calls.pop();
    lua.calls.length = 0;
    lua.asked.clear();
    lua.resume(ticket, 1n);
    lua.request("release", held(g.held));
    if (round === 1000) after = lua.liveBytes();
  }
  assert.ok(lua.liveBytes() <= after + 1000, `${lua.liveBytes()} after ${after}`);
});
