// Random Lua programs out of what the patches change: protected calls, errors of all kinds, coroutines, tail calls, callbacks, to-be-closed
// variables. Each prints what it sees, and ends.
import { Random } from "../abi/random.mjs";

const VALUES = ["1", '"s"', "nil", "true", "{}", "...", "x", "#log", "2.5"];

const ERRORS = [
  'error("e")',
  "error({})",
  "error()",
  'error("p", 0)',
  'error("q", 2)',
  "local z; z.y = 1",
  "local z = nil + 1",
  "local z = {} < 1",
  "local z = #nil",
  'local z = "" .. {}',
  "(nil)()",
  "string.rep()",
  "x.y.z = 1",
  'assert(false, "as")',
  "assert(nil)",
  'error(setmetatable({}, { __tostring = function() return "ts" end }))',
  'for i = 1, "x" do end',
  "local z = 1 // 0",
  "local z = 2 ^ 53 | 1.5",
  'setmetatable({}, { __index = function() error("idx") end }).k()',
  'local z = setmetatable({}, { __add = function() note("add") error("in add") end }) + 1',
  'table.sort({ 3, 1, 2 }, function() error("cmp") end)',
  '("x"):gsub(".", function() error("gs") end)',
  'load("return +")()',
  'coroutine.wrap(function() error("co") end)()',
  "coroutine.yield(1, 2)",
];

const HANDLERS = [
  'function(m) return "H" .. tostring(m) end',
  "debug.traceback",
  'function() error("hh") end',
  "function(m) return m, 1 end",
  "function(m) out(pcall(error, m)) return 7 end",
];

/** What a compound statement is, from a function expression `f`, a block `b` and a small number `n`. */
const COMPOUND = [
  ({ f, v }) => `out(pcall(${f()}, ${v()}))`,
  ({ f, v, r }) => `out(xpcall(${f()}, ${r.pick(HANDLERS)}, ${v()}))`,
  ({
    f,
    n,
    r,
  }) => `do local c = coroutine.create(${f()}) for i = 1, ${n(3) + 1} do out(coroutine.resume(c, i)) out(coroutine.status(c)) end
    ${r.chance(0.5) ? "out(coroutine.close(c))" : ""} end`,
  ({ f }) => `out(pcall(coroutine.wrap(${f()}), 3))`,
  ({ f }) => `out(pcall(pcall, ${f()}))`,
  ({ b, n }) => `do local t <close> = closing(${n(9)}) ${b()} end`,
  ({ b, n }) => `do local t <close> = closing(${n(9)}, "fails") ${b()} end`,
  ({ f, n }) => `for i in coroutine.wrap(${f()}) do out(i) if i == ${n(3)} then break end end`,
  ({ b, n }) => `for i = 1, ${n(2) + 1} do ${b()} end`,
  ({
    b,
    n,
    r,
  }) => `do local function down(n, ...) local x = n if n == 0 then ${b()} elseif n < 0 then return 'down' end 
    return ${r.pick(["n > 0 and down(n - 1, ...)", "down(n - 1, ...)", "n > 0 and pcall(down, n - 1)", "n"])} end
    out(pcall(down, ${n(4)})) end`,
  ({ f }) => `out(select("#", pcall(${f()})))`,
  ({ f }) =>
    `do local m = setmetatable({}, { __index = ${f()}, __call = ${f()} }) out(pcall(m, 1)) out(pcall(function() return m.k end)) end`,
  ({ f }) => `do local function g(...) return pcall(...) end out(g(${f()}, 1)) out(g(g, ${f()})) end`,
  () => "do local c = coroutine.wrap(function(...) return pcall(coroutine.yield, ...) end) out(c(1)) out(c(2)) end",
  ({
    b,
  }) => `do local c = coroutine.wrap(function() for i = 1, 3 do out(pcall(function(...) local x = i coroutine.yield(i) ${b()} end)) end end)
    for i = 1, 4 do out(pcall(c)) end end`,
  ({ f }) => `table.sort({ 3, 2, 1 }, function(a, b) out(pcall(${f()})) return a < b end)`,
  ({ f }) => `out((("ab"):gsub(".", function(c) return pcall(${f()}, c) and "k" or "e" end)))`,
  ({ f }) => `out(xpcall(xpcall, function() return "O" end, ${f()}, function() return "I" end))`,
];

const PRELUDE = `log = {} local N = 0
local function show(v)
  local kind = type(v)
  if kind == "table" then return getmetatable(v) and tostring(v) or "T" end
  return (kind == "function" or kind == "thread") and kind or tostring(v)
end
function note(text) log[#log + 1] = text end
local function out(...)
  N = N + 1
  if N > 200 then return end
  local t = table.pack(...)
  for i = 1, t.n do t[i] = show(t[i]) end
  print(table.concat(t, " "))
end
function closing(i, fails)
  return setmetatable({}, { __close = function(_, e)
    out("close", i, e)
    if fails then error("close error " .. i) end
    if i % 3 == 0 and coroutine.isyieldable() then out("resumed", coroutine.yield("from close")) end
    out(pcall(error, i))
  end })
end
`;

/** @param {number} seed @returns {string} a program */
export function program(seed) {
  const r = new Random(seed);
  const n = end => r.below(end);
  const v = () => r.pick(VALUES);
  const simple = () =>
    r.pick([() => `note("${n(99)}")`, () => r.pick(ERRORS), () => `out(${v()})`, () => `coroutine.yield(${n(9)})`])();
  const block = depth => Array.from({ length: n(3) + 1 }, () => statement(r.chance(0.6) ? depth : 0)).join("; ");
  function statement(depth) {
    if (depth <= 0) return simple();
    const f = () => `function(...) local x = ...; ${block(depth - 1)} end`;
    return r.pick(COMPOUND)({ f, v, n, r, b: () => block(depth - 1) });
  }
  const body = block(4);
  return `${PRELUDE}
out(pcall(function(...) local x = ...; ${body} end, 5))
local c = coroutine.create(function(...) local x = ...; ${body} end)
for i = 1, 6 do out(coroutine.resume(c, i)) end
out(coroutine.close(c)) print(#log)`;
}
