// Tasks that wait for the host (docs/abi.md section 9).
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, builtModule, instantiate } from "./client.mjs";
import { PLACES, REFUSED } from "./waiting-places.mjs";
import { LATER, held, hosting, requesting, results } from "./functions.mjs";
import { Random } from "./random.mjs";

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

test("no task begins in a coroutine that a script has got, nor with what an earlier task has left", () => {
  const lua = waiting();
  const functions = lua.ask(`local known = {}
    local function note()
      local co = coroutine.running()
      assert(not known[co], "it is known")
      known[co] = true
    end
    local function fresh()
      assert(coroutine.isyieldable() and debug.gethook() == nil)
      for co in pairs(known) do assert(coroutine.status(co) == "dead") end
    end
    return
      function(...) fresh() return ... end,
      function() fresh() note() end,
      function() fresh() note() host.wait() end,
      function() fresh() host.wait() note() end,
      function() fresh() note() error("x") end,
      function() fresh() pcall(string.rep) host.wait() pcall(string.rep) end,
      function() fresh() debug.sethook(function() end, "", 1000000) end,
      function() fresh() setmetatable({}, {__gc = note}) collectgarbage() end,
      function() fresh() coroutine.wrap(function() note() end)() end,
      function() fresh() coroutine.wrap(function() host.wait() note() end)() end,
      function() local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end fresh() return deep(1000) end`).values;
  const random = new Random(1);
  for (let i = 0; i < 300; i++) {
    const { held: reference } = functions[random.below(functions.length)];
    let answer = lua.request("call", held(reference), 5n);
    while (answer.waiting) answer = lua.resume(answer.waiting);
    assert.doesNotMatch(answer.first ?? "", /known|assertion/);
  }
});

test("cancel closes the pending variables, of inner coroutines first", () => {
  const lua = waiting();
  lua.start(`log = {} local function note(s) return setmetatable({}, {__close = function() log[#log + 1] = s end}) end
    local a <close> = note "outer" coroutine.wrap(function() local b <close> = note "inner" pcall(function() local c <close> = note "innermost" host.wait() end) log[#log + 1] = "caught" end)() log[#log + 1] = "went on"`);
  assert.equal(lua.cancel(1).ok, true);
  assert.deepEqual(lua.ask('return table.concat(log, " ")').values, ["innermost inner outer"]);
  assert.match(lua.cancel(1).first, /no task waits/);
});

test("cancel tells a host that offers `where` the traceback of the innermost coroutine, and no other", () => {
  const source = `local function inner()
      host.wait()
    end
    coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() end}) inner() end)()`;
  const asking = waiting({ services: "host request results error stdout where" });
  asking.start(source);
  const [traceback, ...others] = asking.cancel(1).values;
  assert.match(traceback, /^stack traceback:\n\t\[C\]: in field 'wait'\n\ttask:2: in .*\n\ttask:4: in /);
  assert.equal(others.length, 0);
  const plain = waiting();
  plain.start(source);
  assert.deepEqual(plain.cancel(1).values, []);
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

/** A fresh instance with the memory of `lua`, and the same host. */
function copied(lua) {
  const image = new Uint8Array(lua.memory.buffer.slice(0));
  const copy = instantiate(builtModule(), lua.host);
  copy.memory.grow((image.length - copy.memory.buffer.byteLength) / PAGE);
  new Uint8Array(copy.memory.buffer).set(image);
  return requesting(copy, lua.state);
}

test("a task that waits goes on in an image", () => {
  const lua = waiting();
  lua.start(
    "local n = 0 for v in coroutine.wrap(function() while true do coroutine.yield(host.wait()) end end) do n = n + v if v == 0 then return n end end",
  );
  for (const instance of [copied(lua), lua]) {
    assert.equal(instance.resume(1, 3n).waiting, 2);
    assert.equal(instance.resume(2, 4n).waiting, 3);
    assert.deepEqual(instance.resume(3, 0n).values, [7n]);
  }
});

for (const [place, source] of Object.entries(PLACES)) {
  test(`a task that waits ${place} goes on in a fresh instance at each wait`, () => {
    const expected = waiting().go(`local wait = host.now ${source}`);
    let lua = waiting();
    const { asked } = lua;
    let step = lua.start(`local wait = host.wait ${source}`);
    let { out } = step;
    while (step.waiting !== undefined) {
      lua = copied(lua);
      step = lua.resume(step.waiting, ...asked.get(step.waiting));
      out += step.out;
    }
    assert.deepEqual([step.ok, step.text, out, step.values], [true, expected.text, expected.out, expected.values]);
  });
}

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
