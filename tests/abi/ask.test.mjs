// Work that no error may leave asks the host all the same, so that a script is stopped soon after it (lua/patches/0015).
import assert from "node:assert/strict";
import { test } from "node:test";
import { serviced } from "./serviced.mjs";

const MEGABYTES = 's = ("x"):rep(1 << 12):rep(1 << 12)';
/** What makes the data, one piece of work that grows with it, and how often at least the host is asked within. */
const WORK = {
  "a hash of a string of 16 MiB": [MEGABYTES, "local _ = ({})[s]", 60],
  "copies of a string of 16 MiB": [MEGABYTES, 'local _ = s .. "y"', 15],
  "a repetition of a string of 16 MiB": [MEGABYTES, "s:rep(2)", 30],
  "a change to generational mode with 200,000 tables": [
    'collectgarbage("incremental") t = {} for i = 1, 2e5 do t[i] = { i } end',
    'collectgarbage("generational")',
    10,
  ],
  "a mark of a table of 2,000,000 elements": ["t = {} for i = 1, 2e6 do t[i] = i end", "collectgarbage()", 10],
  "an error that passes 180,000 calls": [
    `co = coroutine.create(function()
       local function f(n) if n == 0 then coroutine.yield() error("", 0) end return 1 + f(n - 1) end
       f(180000)
     end) coroutine.resume(co)`,
    "coroutine.resume(co)",
    3,
  ],
  "a search for the end of a string of 16 MiB": [MEGABYTES, 'string.format("%.3s", s)', 15],
  "a comparison of strings of 16 MiB": [`${MEGABYTES} z = s .. "y" s = s .. "y"`, "local _ = s == z", 15],
  "a pattern of 16 MiB": [MEGABYTES, "s:match(s)", 160],
  "a format of 4,000,000 dates": ['s = ("%y"):rep(1000):rep(4000)', "os.date(s)", 500],
  "a numeral of 16 MiB in base 36": [MEGABYTES, "tonumber(s, 36)", 60],
  "a character of 16 MiB in UTF-8": ['s = ("\\x80"):rep(1 << 12):rep(1 << 12)', "utf8.offset(s, 0, -1)", 60],
  "a way back over 16 MiB": [MEGABYTES, "utf8.offset(s, -#s)", 60],
  "200,000 values printed": ['t = {} for i = 1, 2e5 do t[i] = "" end', "print(table.unpack(t))", 4],
  "200,000 values packed": ["t = {}", "table.pack(table.unpack(t, 1, 2e5))", 4],
  "100,000 reads of an external table": ["Memory.x = 1", "for _ = 1, 1e5 do local _ = Memory.x end", 100],
  "a walk through 20,000 keys of an external table": [
    "for i = 1, 20000 do Memory[i] = i end",
    "for _ in pairs(Memory) do end",
    20,
  ],
  "code points of 400,000 characters": ['s = ("x"):rep(4e5)', "utf8.codepoint(s, 1, -1)", 3],
};

/** The host counts its questions, and says yes to the one numbered `stopAt`. */
function counting() {
  const host = { asked: 0, stopAt: Infinity };
  host.lua = serviced({
    config: "memory_limit=134217728",
    interrupt: () => (++host.asked === host.stopAt ? "" : undefined),
  });
  return host;
}

for (const [name, [prepare, work, least]] of Object.entries(WORK)) {
  test(`${name} asks often, and can be stopped within`, () => {
    const host = counting();
    host.lua.run(prepare);
    host.asked = 0;
    host.lua.run(`${work} done = 1`);
    assert.ok(host.asked >= least, `${host.asked} questions`);

    host.lua.run(`${prepare} done = nil`);
    [host.asked, host.stopAt] = [0, 3];
    const { ok, text } = host.lua.eval(`pcall(function() ${work} end) done = 2`);
    assert.ok(!ok && /^interrupted\nstack traceback:\n/.test(text), text);
    assert.equal(host.asked, 3);
    assert.equal(host.lua.run("return done"), "nil");
  });
}

/** What is handed to a host that offers a service, and how often it is asked meanwhile. */
const HANDED = {
  "a print of 4 MiB in pieces": ["stdout", 's = ("x"):rep(1 << 22)', "print(s)", 50],
  "a typed result of 4 MiB": ["results", 's = ("x"):rep(1 << 22)', "return s", 2],
  "100,000 typed results": ["results", "t = {} for i = 1, 1e5 do t[i] = i end", "return table.unpack(t)", 4],
  "a typed table of 30,000 fields": ["results", "t = {} for i = 1, 30000 do t[i] = i end", "return t", 9],
};

for (const [name, [service, prepare, work, least]] of Object.entries(HANDED)) {
  test(`${name} asks often`, () => {
    let asked = 0;
    const lua = serviced({ [service]: () => undefined, interrupt: () => void asked++ });
    lua.run(prepare);
    asked = 0;
    lua.run(work);
    assert.ok(asked >= least, `${asked} questions`);
  });
}
