#!/usr/bin/env node
// What a step of `instruction_limit` stands for, in microseconds, where a script does one thing all the time: a limit of a
// million instructions is a million times that. Usage: node bench/steps.mjs [--only PART]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { LuaPersistent } from "../js/dist/index.js";

const WASM = readFileSync(new URL("../web/lua.wasm", import.meta.url));
const STEPS = 100_000;
const MEMORY = 64 << 20;
/** Of each program the best run counts. */
const RUNS = 3;

/** Runs `body` at the end of 150 calls. */
const deep = body => `local function d(n) if n == 0 then ${body} end return (d(n - 1)) end d(150)`;

/** Endless loops: what they do -> source. */
const PROGRAMS = {
  "an empty loop": "while true do end",
  "debug.traceback": "local f = debug.traceback while true do f() end",
  "debug.traceback, 150 calls deep": deep("local f = debug.traceback while true do f() end"),
  "debug.getinfo, everything": deep('local f = debug.getinfo while true do f(1, "nSltufrL") end'),
  "debug.getinfo, 149 calls away": deep('local f = debug.getinfo while true do f(149, "n") end'),
  "debug.getlocal": deep("local f = debug.getlocal while true do f(150, 200) end"),
  "an argument error": "local p, r = pcall, string.rep while true do p(r) end",
  "an argument error, 150 calls deep": deep("local p, r = pcall, string.rep while true do p(r) end"),
  "load, its reader fails": "local l = load while true do l(function() error() end) end",
  "load, its reader fails, 150 calls deep": deep("local l = load while true do l(function() error() end) end"),
  "load, its reader indexes nil": deep("local l, t = load, {} while true do l(function() local x = t.x.y end) end"),
  "xpcall with a traceback": deep("local x, e, t = xpcall, error, debug.traceback while true do x(e, t) end"),
  "coroutine.wrap, run": "local w = coroutine.wrap while true do w(function() end)() end",
  "coroutine.create": "local w = coroutine.create while true do w(print) end",
  "coroutine.close": "local w, c = coroutine.create, coroutine.close while true do c(w(print)) end",
  collectgarbage: "local g = collectgarbage while true do g() end",
  "collectgarbage, 20,000 tables":
    "local t = {} for i = 1, 20000 do t[i] = {} end local g = collectgarbage while true do g() end",
  'collectgarbage("step")':
    'local t = {} for i = 1, 20000 do t[i] = {} end local g = collectgarbage while true do g("step", 1000000) end',
  "new tables": "while true do local t = {} end",
  "tostring of a table": "local t, x = tostring, {} while true do t(x) end",
  "tonumber, 190 digits": 'local t, s = tonumber, ("1"):rep(190) while true do t(s) end',
  "tonumber, 100,000 spaces": 'local t, s = tonumber, (" "):rep(100000) .. "1" while true do t(s) end',
  "string.format %99.99f": 'local f = string.format while true do f("%99.99f", 1e308) end',
  "string.format %.99a": 'local f = string.format while true do f("%.99a", 1e308) end',
  "string.format %q": 'local f, s = string.format, ("\\0"):rep(1000) while true do f("%q", s) end',
  "tostring of a float": "local t, x = tostring, 1e-308 while true do t(x) end",
  "string.gmatch": 'local g = string.gmatch while true do g("x", "y") end',
  "string.find, plain": 'local f, s = string.find, ("a"):rep(1000) while true do f(s, "b", 1, true) end',
  "string.find, items that match nothing": 'local f, p = string.find, ("y-"):rep(1000) while true do f("x", p) end',
  "string.find, long captures": 'local f, s = string.find, ("a"):rep(10000) while true do f(s, "^(.-)%1b") end',
  "string.find, backtracking": 'local f, s = string.find, ("a"):rep(30) while true do f(s, ".-.-.-b") end',
  "math.fmod, far apart": "local f = math.fmod while true do f(1e308, 3e-300) end",
  "math.sin of 1e308": "local f = math.sin while true do f(1e308) end",
  powers: "local x, y = 1.0000001, 1e9 while true do local z = x ^ y end",
  "table.unpack": "local u, t = table.unpack, {} while true do u(t, 1, 200) end",
  "select #":
    'local s, t = select, table.pack(table.unpack({}, 1, 200)) while true do s("#", table.unpack(t, 1, 200)) end',
  "table.concat": 'local c, t = table.concat, {} for i = 1, 100 do t[i] = "x" end while true do c(t) end',
  ".. of 10,000 bytes": 'local s = ("x"):rep(10000) while true do local t = s .. s end',
  "== of 100,000 bytes": 'local a, b = ("x"):rep(100000), ("x"):rep(100000) while true do local z = a == b end',
  "< of 100,000 bytes": 'local a, b = ("x"):rep(100000), ("x"):rep(100000) while true do local z = a < b end',
  "keys of 100,000 bytes":
    'local a, t = ("x"):rep(100000), {} while true do local k = a .. "y" t[k] = nil local z = t[k] end',
  "# of a list with a border in the middle":
    "local t = {} for i = 1, 100000 do t[i] = 1 end for i = 100000, 50001, -1 do t[i] = nil end while true do local n = #t end",
  "next in an emptied table":
    'local t = {} for i = 1, 100000 do t["k" .. i] = 1 end for k in pairs(t) do t[k] = nil end local n = next while true do n(t) end',
  "tables that grow": "while true do local t = {} for i = 1, 5 do t[i + 0.5] = i end end",
  "table.sort": "local s, t = table.sort, {} for i = 1, 100 do t[i] = i end while true do s(t) end",
  "table.insert at the front":
    "local i, t = table.insert, {} for k = 1, 1000 do t[k] = k end while true do i(t, 1, 1) t[#t] = nil end",
  "os.date": 'local d = os.date while true do d("%c%x%X%A%B%p%c%c%c%c%c%c%c") end',
  "os.time": "local t = os.time while true do t({year=2000, month=1, day=1}) end",
  "utf8.len": 'local l, s = utf8.len, ("x"):rep(1000) while true do l(s) end',
  "utf8.offset": 'local l, s = utf8.offset, ("x"):rep(1000) while true do l(s, -1, 1000) l(s, 500) end',
  "string.pack": 'local p = string.pack while true do p("!16 i16 i16 i16 z s", 1, 2, 3, "a", "b") end',
  "string.packsize": 'local p, f = string.packsize, ("i"):rep(1000) while true do p(f) end',
  finalizers: "local s, t = setmetatable, {} while true do s({}, {__gc = function() end}) end",
  "to-be-closed variables": "while true do local x <close> = setmetatable({}, {__close = function() end}) end",
  closures: "while true do local x = function() return x end end",
  "200 varargs":
    "local function f(...) return ... end local t = table.pack(table.unpack({}, 1, 200)) local u = table.unpack while true do f(u(t, 1, 200)) end",
  "require of nothing": 'local r = require while true do pcall(r, "nosuch") end',
  "debug.getupvalue": "local f = debug.getupvalue local function g() end while true do f(g, 1) end",
  "debug.sethook": 'local h = debug.sethook while true do h(function() end, "l") h() end',
  "reads of an external table": "while true do local x = Memory.a end",
  "writes to an external table": "while true do Memory.a = 1 end",
  "external tables as values": "Memory.t = ext and {} local t = Memory.t while true do local x = Memory.t end",
  "string.reverse": 'local r, s = string.reverse, ("x"):rep(10000) while true do r(s) end',
  "string.byte": 'local b, s = string.byte, ("x"):rep(10000) while true do b(s, 1, 100) end',
  print: 'while true do print("x") end',
  "load of 600 bytes": 'local l, s = load, ("x = 1 "):rep(100) while true do l(s) end',
  "load of a long string": 'local l, s = load, "return [[" .. ("x"):rep(10000) .. "]]" while true do l(s) end',
  "string.dump": 'local d, f = string.dump, load(("x = 1 "):rep(1000)) while true do d(f) end',
};

/** @returns {Promise<{microseconds: number, end: string}>} of a step; and what ended the program */
async function measure(source) {
  const lua = await LuaPersistent.open({ wasm: WASM, instructionLimit: STEPS, memoryLimit: MEMORY });
  let [best, end] = [Infinity, ""];
  for (let i = 0; i < RUNS; i++) {
    const begun = performance.now();
    try {
      lua.eval(source);
      throw new Error(`this program ends by itself: ${source}`);
    } catch (error) {
      if (!(error instanceof LuaPersistent.LuaError)) throw error;
      end = error.message.split("\n")[0];
    }
    best = Math.min(best, performance.now() - begun);
  }
  await lua.close();
  return { microseconds: (best * 1000) / STEPS, end };
}

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const rows = [];
for (const [name, source] of Object.entries(PROGRAMS)) {
  if (name.includes(values.only)) rows.push({ name, ...(await measure(source)) });
}
rows.sort((a, b) => b.microseconds - a.microseconds);
console.log("| a script that does nothing but | microseconds a step | ended by |\n|---|---:|---|");
for (const { name, microseconds, end } of rows) console.log(`| ${name} | ${microseconds.toFixed(3)} | ${end} |`);
