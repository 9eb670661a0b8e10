// To a script an external table is a table: type, next, the raw functions, metatables and messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { storeHost, tooBig } from "../abi/hosts.mjs";
import { callsOfRun, openCounting, reopen, storeOf } from "./store.mjs";

const opened = source => {
  const lua = open();
  lua.run(source);
  return lua;
};

test("type says table, of every external table and of nothing else", () => {
  const lua = opened("Memory.t = {}");
  assert.equal(
    lua.run("return type(Memory), type(Memory.t), type(ext.table()), type(io.stdout), type({})"),
    "table\ttable\ttable\tuserdata\ttable",
  );
  assert.match(lua.fail("type()"), /bad argument #1 to 'type' \(value expected\)/);
});

test("math.type, io.type and debug give what they give for a table", () => {
  const source = t =>
    `return math.type(${t}), io.type(${t}), getmetatable(${t}), debug.getmetatable(${t}), debug.getuservalue(${t}, 1)`;
  assert.equal(open().run(source("Memory")), open().run(source("{}")));
});

test("tostring gives table and an address, the same each time", () => {
  assert.match(
    opened("Memory.t = {}").run("local t = Memory.t assert(tostring(t) == tostring(Memory.t)) return t"),
    /^table: 0x[0-9a-f]+$/,
  );
  assert.match(open().run('return ("%s"):format(Memory)'), /^table: 0x/);
});

for (const source of [
  "T + 1",
  "1 + T",
  '"10" + T',
  '"x" + T',
  'T .. "x"',
  "T < 1",
  "T < T",
  "T <= {}",
  "-T",
  "~T",
  "T & 1",
  "T()",
  '("x"):rep(T)',
  "string.char(T)",
  "table.concat({ T })",
  '("x"):gsub("x", function() return T end)',
  '("%d"):format(T)',
  "math.floor(T)",
  "tonumber(T, 10)",
  "setmetatable(1, T)",
  "load(T)",
  "utf8.char(T)",
  "ipairs()",
  "next()",
  "rawget()",
  "rawget(1)",
  "rawset(1)",
  "rawlen(1)",
  "rawlen()",
  "next(1)",
  "setmetatable(1)",
  "for i = 1, T do end",
  "for i in T do end",
  "error(T)",
  "coroutine.wrap(T)",
  "os.time(T)",
  "select(T)",
  "getmetatable()",
  "rawget(T)",
  "rawset(T)",
  "rawset(T, 1)",
  "setmetatable(T)",
  "setmetatable(T, 1)",
  'next(T, "no such key")',
  "next(T, {})",
  "next(T, 0 / 0)",
]) {
  test(`the message is that of a plain table: ${source}`, () => {
    const message = t =>
      open()
        .fail(
          `T = ${t} local _ = pcall(T) ${/^(for|error|next|rawget|rawset|setmetatable|coroutine)/.test(source) ? source : `return ${source}`}`,
        )
        .replace(/0x\w+/, "");
    assert.equal(message("Memory"), message("{}"));
  });
}

test("next gives every pair once, in the order of pairs, and then nil", () => {
  const lua = opened('for i = 1, 500 do Memory[i] = -i Memory["k" .. i] = i end');
  assert.equal(
    lua.run(`local walked, n = {}, 0
    for k, v in next, Memory do assert(not walked[k] and Memory[k] == v) walked[k] = true n = n + 1 end
    for k in pairs(Memory) do assert(walked[k]) end
    return n, select("#", next(ext.table())), next(ext.table())`),
    "1000\t1\tnil",
  );
});

for (const [name, wrapper] of Object.entries({ "that cuts its answers": host => host, "that answers -1": tooBig })) {
  test(`a walk by next lists the keys a few times, on a host ${name}`, () => {
    const lua = openCounting(new Map(), wrapper);
    lua.run('for i = 1, 5000 do Memory["key " .. i] = i end Memory.few = { 1, 2, 3 }');
    const walk = t =>
      callsOfRun(lua, `local n = 0 for k, v in next, ${t} do n = n + 1 end assert(n == ext.size(${t}))`);
    assert.ok(walk("Memory").keys < 12, `${walk("Memory").keys} listings of a large table`);
    assert.equal(walk("Memory.few").keys, 1);
  });
}

test("next(t) costs no listing of all keys", () => {
  const lua = open();
  lua.run('for i = 1, 5000 do Memory["key " .. i] = i end');
  let asked = 0;
  const { keys } = lua.host;
  lua.host.keys = (table, room) => ((asked += room.length), keys(table, room));
  lua.run("for i = 1, 100 do assert(next(Memory)) end");
  assert.ok(asked <= 100 * 1024, `${asked} bytes asked for`);
});

test("fields can be assigned and deleted while next walks", () => {
  const lua = opened('for i = 1, 500 do Memory["k" .. i] = i end');
  assert.equal(lua.run("local n = 0 for k, v in next, Memory do n = n + 1 Memory[k] = -v end return n"), "500");
  assert.equal(
    lua.run(
      "local n = 0 for k, v in next, Memory do n = n + 1 assert(v < 0) Memory[k] = nil end return n, next(Memory), ext.size(Memory)",
    ),
    "500\tnil\t0",
  );
});

test("a walk by next skips what was deleted ahead of it", () => {
  assert.equal(
    opened('for i = 1, 500 do Memory["k" .. i] = i end').run(`local n = 0
    for k in next, Memory do n = n + 1 for i = 1, 500 do if "k" .. i ~= k then Memory["k" .. i] = nil end end end
    return n`),
    "1",
  );
});

test("a queue is emptied by next", () => {
  assert.equal(
    opened('for i = 1, 2000 do Memory["k" .. i] = i end').run(`local n = 0
    while true do local k = next(Memory) if k == nil then break end Memory[k] = nil n = n + 1 end
    return n`),
    "2000",
  );
});

test("whether the table is empty can be asked while keys are deleted", () => {
  assert.equal(
    opened('for i = 1, 300 do Memory["k" .. i] = i end').run(`local n, empty = 0, 0
    for k in next, Memory do
      n, Memory[k] = n + 1, nil
      if next(Memory) == nil then empty = empty + 1 end
      if not next(Memory) then empty = empty + 1 end
    end
    return n, empty`),
    "300\t2",
  );
});

test("walks by next of one table can be nested, also when keys are deleted on the way", () => {
  const lua = opened('for i = 1, 40 do Memory["k" .. i] = i end');
  assert.equal(
    lua.run("local n = 0 for a in next, Memory do for b in next, Memory do n = n + 1 end end return n"),
    "1600",
  );
  assert.equal(
    lua.run(`local n = 0
    for a in next, Memory do Memory[a] = nil for b in next, Memory do n = n + 1 end end
    return n, ext.size(Memory)`),
    `${(39 * 40) / 2}\t0`,
  );
});

test("walks of the tables in a table go on where they were", () => {
  const lua = openCounting();
  lua.run('for i = 1, 300 do Memory["t" .. i] = { i, { i } } end');
  const { keys } = callsOfRun(
    lua,
    `local n = 0
    local function walk(t) for k, v in next, t do n = n + 1 if type(v) == "table" then walk(v) end end end
    walk(Memory) assert(n == 1200)`,
  );
  assert.ok(keys < 620, `${keys} listings of 601 tables`);
});

test("two walks side by side", () => {
  assert.equal(
    opened('for i = 1, 300 do Memory["k" .. i] = i end').run(`local a, b, n = nil, nil, 0
    repeat a = next(Memory, a) b = next(Memory, b) assert(a == b) n = n + 1 until a == nil
    return n`),
    "301",
  );
});

test("a new walk has the keys that were added since the last one was left", () => {
  assert.equal(
    opened('for i = 1, 3 do Memory["k" .. i] = i end').run(`
    for k in next, Memory do if k == "k2" then break end end
    Memory.k4 = 4
    local n = 0 for k in next, Memory do n = n + 1 end
    return n`),
    "4",
  );
});

test("next(Memory.t, k) walks though nobody holds the table, through collections and deletions", () => {
  assert.equal(
    opened('Memory.t = {} for i = 1, 200 do Memory.t["k" .. i] = i end').run(`
    local n, k = 0, next(Memory.t)
    while k do n, Memory.t[k] = n + 1, nil collectgarbage() k = next(Memory.t, k) end
    return n`),
    "200",
  );
});

test("a table walked last is swept when nothing reaches it", () => {
  const lua = opened("Memory.t = { 1 } local k = next(Memory.t) Memory.t = nil");
  lua.exports.run_gc();
  assert.equal(lua.host.store.get(2)?.size ?? 0, 0);
});

test("a walk by next goes on in a later eval, and in another instance from a key that is there", () => {
  const lua = opened('for i = 1, 100 do Memory["k" .. i] = i end k = next(Memory) Memory[k] = nil');
  assert.equal(lua.run("local n = 0 for _ in next, Memory, k do n = n + 1 end return n"), "99");
  const other = reopen(lua);
  assert.equal(other.run('local n = 0 for _ in next, Memory, "k50" do n = n + 1 end return n'), "50");
});

test("next starts behind any key that is there, in the form Lua gives it", () => {
  const lua = opened('Memory[1] = 1 Memory[2] = 2 Memory[""] = 3 Memory[Memory] = 4 Memory[0.5] = 5');
  assert.equal(lua.run("return next(Memory, 1.0)"), "2\t2");
  assert.equal(lua.run('return select("#", next(Memory, 0.5)), next(Memory, "") == Memory'), "1\ttrue");
});

test("a key that is not there is an error of next, whatever it is", () => {
  for (const key of ['"x"', "7", "0 / 0", "print", "{}", "true", "Memory"]) {
    assert.equal(opened("Memory.a = 1").fail(`next(Memory, ${key})`), "invalid key to 'next'", key);
    assert.equal(open().fail(`next(ext.table(), ${key})`), "invalid key to 'next'", key);
  }
});

test("next skips nil values and names malformed ones", () => {
  const lua = open(
    storeHost(
      storeOf({
        1: [
          ["a", [0]],
          ["b", 1n],
          ["c", [99]],
        ],
      }),
    ),
  );
  assert.equal(lua.run("return next(Memory)"), "b\t1");
  assert.equal(lua.fail('return next(Memory, "b")'), "eval:1: external table 1: malformed value for key 'c'");
});

test("rawget, rawset, rawlen and rawequal do what the operators do", () => {
  const lua = open();
  assert.equal(
    lua.run(
      'return rawset(Memory, "t", { 1, 2, 3 }) == Memory, rawget(Memory.t, 2), rawlen(Memory.t), rawequal(Memory.t, Memory.t)',
    ),
    "true\t2\t3\ttrue",
  );
  assert.equal(
    lua.run(
      'rawset(Memory, 2.0, "two") return rawget(Memory, 2), rawget(Memory, 2 ^ 53), rawget(Memory, nil), rawget(Memory, 0 / 0), rawget(Memory, print)',
    ),
    "two\tnil\tnil\tnil\tnil",
  );
  assert.equal(lua.fail("rawset(Memory, nil, 1)"), "eval:1: table index is nil");
  assert.equal(lua.fail("rawset(Memory, 0 / 0, 1)"), "eval:1: table index is NaN");
  assert.equal(lua.fail("rawset(Memory, print, 1)"), "eval:1: external table 1: cannot use a function as a key");
  assert.equal(lua.fail('rawset(Memory, "f", print)'), "eval:1: cannot store a function (field 'f')");
});

test("functions that take a table take an external one", () => {
  const lua = opened(
    'Memory.names = { a = "A", b = "B" } Memory.day = { year = 2024, month = 1, day = 1, hour = 0 } Memory.list = { 3, 1, 2 }',
  );
  assert.equal(lua.run('return ("a b c"):gsub("%w", Memory.names)'), "A B c\t3");
  assert.equal(lua.run("return os.time(Memory.day) == os.time({ year = 2024, month = 1, day = 1, hour = 0 })"), "true");
  assert.equal(lua.run("table.sort(Memory.list) return table.unpack(Memory.list)"), "1\t2\t3");
  assert.equal(
    lua.run('local f = load("x = 1 return x, y", "c", "t", Memory.names) return f(), Memory.names.x'),
    "1\t1",
  );
  assert.equal(lua.run("return setmetatable({}, { __index = Memory.names }).a"), "A");
  assert.match(
    lua.fail("setmetatable({}, Memory.names)"),
    /bad argument #2 to 'setmetatable' \(nil or plain table expected/,
  );
});

test("a deep copy by hand leaves the store as it is", () => {
  const lua = opened(`Memory.cfg = { depth = 1, inner = { list = { 1, 2 } } }
    function deepcopy(orig)
      if type(orig) ~= "table" then return orig end
      local copy = {}
      for k, v in next, orig, nil do copy[deepcopy(k)] = deepcopy(v) end
      return setmetatable(copy, deepcopy(getmetatable(orig)))
    end`);
  assert.equal(
    lua.run(
      'local c = deepcopy(Memory.cfg) c.inner.list[1] = "changed" return Memory.cfg.inner.list[1], c.inner.list[2], (pcall(ext.id, c))',
    ),
    "1\t2\tfalse",
  );
});

test("next and the raw functions are stopped by the limit of instructions", () => {
  const config = Buffer.from("instruction_limit=200000");
  for (const source of [
    "while true do next(Memory) end",
    "while true do for k in next, Memory do end end",
    "while true do rawget(Memory, 1) end",
    "while true do rawlen(Memory) end",
    'while true do next(Memory, "k9") end',
  ]) {
    const host = storeHost();
    const { get } = host;
    host.get = (table, key, room) => {
      if (table !== -1) return get(table, key, room);
      const answer = { services: Buffer.from("config"), config }[key];
      if (answer) room.set(answer);
      return answer ? answer.length : -1;
    };
    const lua = open(host);
    lua.run('for i = 1, 9 do Memory["k" .. i] = i end');
    assert.match(lua.fail(source), /instruction limit exceeded/, source);
  }
});
