// Calls that look at much and allocate little count the time they take, so that a loop of them asks the host often.
import assert from "node:assert/strict";
import test from "node:test";
import { open } from "./client.mjs";
import { bytesOf, storeHost, wrap } from "./hosts.mjs";

const MEMORY_LIMIT = 16 << 20;

/** An instance that counts the questions of `interrupt`. */
function asking(services = "interrupt") {
  const store = storeHost();
  const host = wrap(store, {
    get(table, key, room) {
      if (table !== -1) return store.get(table, key, room);
      const answer = { services, config: `memory_limit=${MEMORY_LIMIT}` }[key];
      if (answer) return (room.set(bytesOf(answer)), answer.length);
      host.questions++;
      return -1;
    },
  });
  host.questions = 0;
  return open(host);
}

const LONG = 's = ("x"):rep(2 << 20)';
const DIGITS = 's = ("1"):rep(1 << 20)';

/** name -> [what makes the data, a call that takes a millisecond or more]. */
const CALLS = {
  "next over an empty array": ["t = {} for i = 1, 1e6 do t[i] = i end for i = 1, 1e6 do t[i] = nil end", "next(t)"],
  "next over empty fields": [
    't = {} for i = 1, 1e6 do t["k" .. i] = i end for i = 1, 1e6 do t["k" .. i] = nil end',
    "next(t)",
  ],
  "keys that make a large table count its own": [
    "t = {x = 1} n = 0 for i = 1, 1e6 do t[i] = i end",
    'n = n + 1 for j = 1, 4 do local k = n .. "." .. j t[k] = j t[k] = nil end',
  ],
  tonumber: [DIGITS, "tonumber(s)"],
  "tonumber of what is none": [`${DIGITS} s = s .. "x"`, "tonumber(s)"],
  "tonumber with a base": [DIGITS, "tonumber(s, 16)"],
  "arithmetic of strings": [DIGITS, "local x = s + 1"],
  "utf8.offset": [LONG, "utf8.offset(s, -1, 1) utf8.offset(s, 2000000)"],
  "utf8.codes": ['s = "a" .. ("\\x80"):rep(2 << 20) f = utf8.codes("", true)', "pcall(f, s, 1)"],
  "a plain search for one character": [LONG, 's:find("y", 1, true)'],
  "a plain search for two": [LONG, 's:find("xy", 1, true)'],
  "a search for special characters": [LONG, '("x"):find(s)'],
  "a pattern of items that match nothing": ['p = ("y-"):rep(200000)', '("x"):find(p)'],
  "a pattern of long captures": ['s = ("a"):rep(40000)', 's:find("^(.-)%1b")'],
  "string.format with %q": ['s = ("\\0"):rep(1 << 18)', '("%q"):format(s)'],
  "debug.traceback": [
    "function f(n) if n > 0 then f(n - 1) else for i = 1, 100 do debug.traceback() end end end",
    "f(30)",
  ],
  "errors of library functions": ["", "for i = 1, 500 do pcall(string.rep) end"],
  "string.packsize": ['s = (" "):rep(1 << 20)', "string.packsize(s)"],
  "string.unpack": [LONG, 'pcall(string.unpack, "z", s)'],
  "string.byte": ['s = ("x"):rep(500000)', "s:byte(1, -1)"],
  "a source of spaces": ['s = (" "):rep(1 << 20)', "load(s)"],
  "a source that is a comment": ['s = "--" .. ("x"):rep(1 << 20)', "load(s)"],
  "values of a vararg function": [
    'function f(...) for i = 1, 20 do select("#", ...) end end t = table.pack(table.unpack({}, 1, 400000))',
    "f(table.unpack(t, 1, t.n))",
  ],
};

for (const [name, [prepare, call]] of Object.entries(CALLS)) {
  test(`the host is asked in a loop of ${name}`, () => {
    const lua = asking();
    lua.run(prepare);
    lua.host.questions = 0;
    lua.run(`for i = 1, 16 do ${call} end`);
    assert.ok(lua.host.questions >= 3, `${lua.host.questions} questions`);
  });
}

test("the host is asked in a loop of allocations that fail, each after a collection", () => {
  const lua = asking("interrupt config");
  lua.run("t = {} for i = 1, 1e5 do t[i] = {i} end");
  lua.host.questions = 0;
  lua.run(`for i = 1, 16 do assert(not pcall(string.rep, "x", ${MEMORY_LIMIT})) end`);
  assert.ok(lua.host.questions >= 3, `${lua.host.questions} questions`);
});

test("a traceback of a deep stack goes through it once", () => {
  const lua = asking();
  lua.run(`co = coroutine.create(function()
    local function f(n) if n == 0 then coroutine.yield() end return 1 + f(n - 1) end f(60000)
  end) coroutine.resume(co)`);
  lua.host.questions = 0;
  assert.match(lua.run("return debug.traceback(co)"), /\.\.\.\t\(skipping 59981 levels\)/);
  assert.ok(lua.host.questions <= 12, `${lua.host.questions} questions`);
});

test("short data counts hardly more than its instructions", () => {
  const lua = asking();
  lua.run("t = {1, x = 1}");
  lua.host.questions = 0;
  lua.run(
    'for i = 1, 20000 do next(t) tonumber("12") utf8.offset("abc", 2) ;("abc"):find("b", 1, true) ;("abc"):byte(1, -1) end',
  );
  assert.ok(lua.host.questions <= 40, `${lua.host.questions} questions`);
});
