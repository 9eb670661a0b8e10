// One session of the fuzzer of heavy programs: data that makes single steps heavy, then actions on it, each an eval. Asserts
// the time between the host's chances to stop a program, and the time that a number of counted steps may take. Everything
// but time follows from the seed; a time that is too long is measured again, and the shortest counts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Random } from "../abi/random.mjs";
import { serviced } from "../abi/serviced.mjs";

/** Milliseconds between two questions, at most, as SECURITY.md says. */
export const PROMISED_GAP = 60;
/** HEAVY_GAP sets another bound. */
const GAP = Number(process.env.HEAVY_GAP ?? PROMISED_GAP);
/** Nanoseconds that a counted step may take on average: an instruction of an empty loop takes 2 to 10. */
const STEP = Number(process.env.HEAVY_STEP ?? 150);
const STEPS = 10_000_000;
const REPEATS = 4;
const ACTIONS = 4;
const ENDS = /^(not enough memory|instruction limit exceeded)/;

/** Milliseconds that this thread has run, so that others do not count; elsewhere than in Linux, the time of day's. */
const clock =
  process.platform === "linux"
    ? () => Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[0]) / 1e6
    : () => performance.now();

const straight = (statement, count) => `load("local a, b = ... " .. ("${statement} "):rep(${count}))`;

/** Data, by the name that it gets: what makes `n` of it. */
const DATA = {
  s: n => `s = ("x"):rep(1000):rep(${n * 10}) z = s .. "y" e = ("x"):rep(1000):rep(${n * 10})`,
  zeros: n => `zeros = ("\\0"):rep(1000):rep(${n * 10})`,
  spaces: n => `spaces = (" "):rep(1000):rep(${n * 10}) .. "1"`,
  integers: n => `integers = {} for i = 1, ${n * 16} do integers[i * ((1 << 19) - 1)] = i end`,
  floats: n => `floats = {} for i = 1, ${n * 4} do floats[1 + i * 2.0 ^ -52] = i end`,
  list: n => `list = {} for i = 1, ${n * 300} do list[i] = i end`,
  texts: n => `texts = {} for i = 1, ${n * 100} do texts[i] = "text" .. i end`,
  tables: n => `tables = {} for i = 1, ${n * 200} do tables[i] = { i } end`,
  emptied: n =>
    `emptied = {} for i = 1, ${n * 300} do emptied["k" .. i] = i end for k in pairs(emptied) do emptied[k] = nil end`,
  holes: n => `holes = {} for i = 1, ${n * 500} do holes[i] = i end for i = 1, ${n * 500} do holes[i] = nil end`,
  chain: n =>
    `chain = {} local t = chain for i = 1, ${Math.min(n * 2, 1990)} do local m = {} setmetatable(t, { __index = m, __newindex = m }) t = m end`,
  weak: n =>
    `weak = setmetatable({}, { __mode = "k" }) first = {} local k = first for i = 1, ${n * 20} do local v = {} weak[k] = v k = v end`,
  weaks: n =>
    `weaks = {} for i = 1, ${n * 20} do weaks[i] = setmetatable({ {}, [{}] = i }, { __mode = i % 2 == 0 and "k" or "v" }) end`,
  finalizers: n =>
    `finalizers = {} for i = 1, ${n * 50} do finalizers[i] = setmetatable({}, { __gc = function() end }) end`,
  threads: n =>
    `threads = {} for i = 1, ${n * 5} do threads[i] = coroutine.create(function() local a, b, c = {}, {}, {} coroutine.yield() end) coroutine.resume(threads[i]) end`,
  deep: n =>
    `deep = coroutine.create(function() local function f(k) if k == 0 then return coroutine.yield() end local r = f(k - 1) return r end f(${n * 30}) end) coroutine.resume(deep)`,
  closers: n =>
    `closers = coroutine.create(function() local function f(k) local c <close> = setmetatable({}, { __close = function() end }) if k == 0 then coroutine.yield() end f(k - 1) return 1 end f(${n * 15}) end) coroutine.resume(closers)`,
  long: n => `long = load(("a = a\\n"):rep(${n * 30}))`,
  nested: n => `nested = {} for i = 1, ${n * 20} do nested = { nested } end`,
  closures: n => `closures = {} for i = 1, ${n * 50} do closures[i] = function() return i, list end end`,
  memory: n => `for i = 1, ${n * 10} do Memory[i] = i end`,
  keys: n => `keys = ext.table() for i = 1, ${n * 10} do keys["key" .. i] = "value" end`,
  stored: n => `for i = 1, ${n * 3} do Memory["t" .. i] = { i } end`,
  big: n => `big = ("v"):rep(1000):rep(${n * 3}) Memory.big = big`,
  pattern: n =>
    `pattern = ("x?"):rep(${(n % 90) + 2}) .. ("x"):rep(${(n % 90) + 2}) set = "[" .. ("a"):rep(${n * 1000}) .. "]"`,
  names: n => `for i = 1, ${n * 3} do ext.table("name" .. i).x = i end`,
};

/** Actions on data: each is what it is about, and an expression or statement to be repeated. */
const ACTIONS_ON = [
  ["s", "local _ = s == e"],
  ["s", "local _ = rawequal(s, e)"],
  ["s", "local _ = s < z"],
  ["s", "local _ = s .. e"],
  ["s", "local _ = { [s] = 1 }"],
  ["s", "list = { s:byte(1, 100000) }"],
  ["s", "s:rep(2, e)"],
  ["s", "s:find(e, 1, true)"],
  ["s", 's:find("y", 1, true)'],
  ["s", 's:find(".-y")'],
  ["s", 's:match("x*y")'],
  ["s", 's:gsub("x", "%0")'],
  ["s", 's:gsub("x", { x = e })'],
  ["s", 's:gsub("", "y")'],
  ["s", 'for _ in s:gmatch("y") do end'],
  ["s", "s:sub(2)"],
  ["s", "s:upper()"],
  ["s", "s:reverse()"],
  ["s", 'string.pack("z", s)'],
  ["s", 'string.unpack("z", s .. "\\0")'],
  ["s", 'string.pack("s4s4", s, s)'],
  ["s", 'string.format("%s%s", s, s)'],
  ["s", 'string.format("%q", s)'],
  ["s", 'string.format("%-99s", s)'],
  ["s", "pcall(string.format, s, 1)"],
  ["s", "pcall(error, s)"],
  ["s", "pcall(error, setmetatable({}, { __tostring = function() return s end }))"],
  ["s", "pcall(load, s)"],
  ["s", 'load("return " .. s)'],
  ["s", 'load("x", s)'],
  ["s", "pcall(require, s)"],
  ["s", 'package.searchpath(s, "?")'],
  ["s", 'package.searchpath("x", s)'],
  ["s", 'package.searchpath("x.y", ("?;"):rep(1000000))'],
  ["s", "utf8.len(s)"],
  ["s", "utf8.codepoint(s, 1, 10000)"],
  ["s", "utf8.offset(s, -1000)"],
  ["s", "utf8.offset(s, #s)"],
  ["s", "for _ in utf8.codes(s) do end"],
  ["s", "tonumber(s)"],
  ["s", "tonumber(s, 36)"],
  ["s", "local _ = #s"],
  ["s", "pcall(os.date, s)"],
  ["s", "pcall(string.rep, s, 1 << 40)"],
  ["s", "pcall(collectgarbage, s)"],
  ["s", "pcall(io.write, s)"],
  ["s", "warn(s)"],
  ["s", "pcall(io.open, s)"],
  ["s", "os.getenv(s)"],
  ["s", "pcall(setmetatable, 1, s)"],
  ["s", "pcall(function() return s + 1 end)"],
  ["s", "pcall(function() return s & 1 end)"],
  ["s", "pcall(function() for i = s, 1 do end end)"],
  ["s", `f = f or ${straight("local _ = a == b", 150)} f(s, e)`],
  ["s", `g = g or ${straight("a(b)", 3000)} g(string.len, s)`],
  ["s", `h = h or ${straight("a(b)", 3000)} h(rawlen, s)`],
  ["s", "pcall(debug.getinfo, 1, s)"],
  ["s", "pcall(debug.sethook, print, s)"],
  ["s", "debug.traceback(s)"],
  ["s", "Memory[s] = nil"],
  ["s", "local _ = Memory[s]"],
  ["s", "Memory.s = s"],
  ["s", "pcall(ext.table, s) ext.drop(s)"],
  ["s", "string.len(tostring(s))"],
  ["s", "math.tointeger(s)"],
  ["s", "pcall(os.time, { year = s, month = 1, day = 1 })"],
  ["s", 'local _ = load(("x = %q"):format(s))'],
  ["zeros", 'local _ = zeros < zeros .. "x"'],
  ["zeros", 'zeros:find("[^%z]")'],
  ["zeros", 'string.format("%q", zeros)'],
  ["zeros", "utf8.len(zeros)"],
  ["spaces", "tonumber(spaces)"],
  ["spaces", "local _ = spaces + 1"],
  ["spaces", "math.tointeger(spaces)"],
  ["spaces", "load(spaces)"],
  ["spaces", "tonumber(spaces, 10)"],
  ["spaces", 'string.format("%d", spaces)'],
  ["spaces", 'spaces:match("^%s*(.-)%s*$")'],
  ["spaces", 'string.rep("x", spaces)'],
  ["spaces", 'local _ = spaces == 1 or spaces < "2"'],
  ["spaces", 'pcall(string.rep, "", spaces)'],
  ["spaces", "math.abs(spaces)"],
  ["spaces", "table.concat({ spaces }, spaces)"],
  ["integers", "for k, v in pairs(integers) do end"],
  ["integers", "local _ = integers[(1 << 19) - 1]"],
  ["integers", "integers.x = 1 integers.x = nil"],
  ["integers", "table.unpack(integers, 1, 1000)"],
  ["integers", "local t = {} for k, v in pairs(integers) do t[k] = v end"],
  ["integers", "next(integers, (1 << 19) - 1)"],
  ["integers", "rawget(integers, 7 * ((1 << 19) - 1))"],
  ["integers", "local _ = #integers"],
  ["integers", 'collectgarbage("step")'],
  ["floats", "local _ = floats[1 + 2.0 ^ -52]"],
  ["floats", "for k, v in pairs(floats) do end"],
  ["floats", "local t = {} for k, v in next, floats do t[k] = v end"],
  ["floats", "local _ = floats[1.5]"],
  ["floats", "floats.x = 1 floats.x = nil"],
  ["floats", "rawget(floats, 1 + 9 * 2.0 ^ -52)"],
  ["floats", `p = p or ${straight("local _ = a[b]", 150)} p(floats, 1 + 2.0 ^ -52)`],
  ["floats", `q = q or ${straight("a(b)", 2000)} q(next, floats)`],
  ["floats", "next(floats, 1 + 2.0 ^ -52)"],
  ["floats", "rawset(floats, 1 + 3 * 2.0 ^ -52, 1)"],
  ["list", "table.unpack(list, 1, 100000)"],
  ["list", "select(-1, table.unpack(list, 1, 100000))"],
  ["list", "table.insert(list, 1, 0) table.remove(list, 1)"],
  ["list", "table.move(list, 1, #list, 2)"],
  ["list", 'table.concat(list, ",")'],
  ["list", "table.sort(list)"],
  ["list", "pcall(table.sort, list, function() return true end)"],
  ["list", "table.pack(table.unpack(list, 1, 100000))"],
  ["list", "math.max(table.unpack(list, 1, 100000))"],
  ["list", "string.char(table.unpack(list, 1, 255))"],
  ["list", "pcall(string.char, table.unpack(list, 1, 100000))"],
  ["list", "utf8.char(table.unpack(list, 1, 100000))"],
  ["list", "local t = { table.unpack(list, 1, 100000) }"],
  ["list", "print(table.unpack(list, 1, 100000))"],
  ["list", "pcall(coroutine.wrap(function(...) return ... end), table.unpack(list, 1, 100000))"],
  ["list", '(function(...) return select("#", ...) end)(table.unpack(list, 1, 100000))'],
  ["list", "pcall(pcall, table.unpack(list, 1, 100000))"],
  ["list", 'string.format(("%d"):rep(1000), table.unpack(list, 1, 1000))'],
  ["list", 'string.pack(("i8"):rep(1000), table.unpack(list, 1, 1000))'],
  ["list", "local function f(...) local a, b = ... return f end f(table.unpack(list, 1, 100000))"],
  ["list", "Memory.list = list"],
  ["list", "ext.copy(Memory)"],
  ["list", "for i, v in ipairs(list) do end"],
  ["texts", "table.sort(texts)"],
  ["texts", "table.concat(texts)"],
  ["texts", "local t = {} for i, v in ipairs(texts) do t[v] = i end"],
  ["texts", 'load("return {" .. table.concat(texts, ",") .. "}")'],
  ["texts", 'load("return {\'" .. table.concat(texts, "\',\'") .. "\'}")'],
  ["texts", 'load("local x = " .. table.concat(texts, ".."))'],
  ["tables", "collectgarbage()"],
  ["tables", 'collectgarbage("step", 100000)'],
  ["tables", 'collectgarbage("generational") collectgarbage("incremental")'],
  ["tables", "Memory.tables = tables"],
  ["tables", "tables[1] = nil collectgarbage()"],
  ["tables", 'setmetatable(tables, { __mode = "v" }) collectgarbage()'],
  ["emptied", "next(emptied)"],
  ["emptied", "for _ in pairs(emptied) do end"],
  ["emptied", `r = r or ${straight("a(b)", 2000)} r(next, emptied)`],
  ["emptied", "emptied.x = 1 emptied.x = nil next(emptied)"],
  ["emptied", "local _ = #emptied"],
  ["emptied", "local f = next f(emptied) f(emptied) f(emptied) f(emptied) f(emptied) f(emptied)"],
  ["holes", "next(holes)"],
  ["holes", "local _ = #holes"],
  ["holes", `v = v or ${straight("a(b)", 2000)} v(next, holes)`],
  ["holes", "table.insert(holes, 1)"],
  ["holes", "for _ in pairs(holes) do end"],
  ["chain", "local _ = chain.x"],
  ["chain", "chain.x = nil"],
  ["chain", "pcall(string.format, chain.x)"],
  ["chain", `w = w or ${straight("local _ = a.x", 150)} w(chain)`],
  ["chain", "table.unpack(chain, 1, 1000)"],
  ["chain", 'table.concat(chain, "", 1, 0) ipairs(chain)(chain, 0)'],
  ["chain", "table.move(chain, 1, 1000, 2)"],
  ["weak", "collectgarbage()"],
  ["weak", 'collectgarbage("step", 10000)'],
  ["weak", "first = nil collectgarbage()"],
  ["weaks", "collectgarbage()"],
  ["weaks", 'weaks[1] = nil collectgarbage("step", 10000)'],
  ["finalizers", "collectgarbage()"],
  ["finalizers", "finalizers = nil collectgarbage()"],
  ["finalizers", 'finalizers = {} collectgarbage("step", 10000)'],
  ["finalizers", "setmetatable(finalizers, { __gc = print }) setmetatable({}, { __gc = print })"],
  ["threads", "collectgarbage()"],
  ["threads", "for _, co in ipairs(threads) do coroutine.close(co) end"],
  ["threads", "for _, co in ipairs(threads) do coroutine.resume(co) end"],
  ["threads", "threads = nil collectgarbage()"],
  ["threads", "for _, co in ipairs(threads) do debug.traceback(co) end"],
  ["deep", "debug.traceback(deep)"],
  ["deep", "debug.getinfo(deep, 1000000)"],
  ["deep", 'debug.getinfo(deep, 10000, "n")'],
  ["deep", `x = x or ${straight("a(b, 1000000)", 2000)} x(debug.getinfo, deep)`],
  ["deep", "coroutine.close(deep)"],
  ["deep", "coroutine.resume(deep)"],
  ["deep", "collectgarbage()"],
  ["deep", "pcall(debug.getlocal, deep, 20000, 1)"],
  ["deep", `y = y or ${straight("a(b)", 2000)} y(debug.traceback, deep)`],
  ["deep", 'collectgarbage("step") collectgarbage("step") collectgarbage("step")'],
  ["deep", 'pcall(debug.sethook, deep, print, "l")'],
  ["closers", "coroutine.close(closers)"],
  ["closers", "collectgarbage()"],
  ["closers", "closers = nil collectgarbage()"],
  ["closers", "debug.traceback(closers)"],
  ["closers", "coroutine.resume(closers)"],
  ["long", "long()"],
  ["long", 'pcall(debug.getinfo, long, "L")'],
  ["long", 'debug.getinfo(long, "SLnrutlf")'],
  ["long", 'pcall(load(("a = a "):rep(20000) .. "error()"))'],
  ["long", "pcall(string.dump, long)"],
  ["long", `debug.sethook(function() end, "l") long() debug.sethook()`],
  ["long", "debug.getlocal(long, 1)"],
  ["long", "collectgarbage()"],
  ["nested", "collectgarbage()"],
  ["nested", "Memory.nested = nested"],
  ["nested", "nested = nil collectgarbage()"],
  ["nested", 'load("return " .. ("{"):rep(190) .. ("}"):rep(190))'],
  ["closures", "collectgarbage()"],
  ["closures", 'closures = nil collectgarbage("step", 10000)'],
  ["memory", "for k, v in pairs(Memory) do end"],
  ["memory", "local _ = #Memory"],
  ["memory", "next(Memory)"],
  ["memory", "ext.copy(Memory)"],
  ["memory", "ext.size(Memory)"],
  ["memory", "table.insert(Memory, 1, 0)"],
  ["memory", "table.remove(Memory, 1)"],
  ["memory", "table.sort(Memory)"],
  ["memory", "table.concat(Memory)"],
  ["memory", "table.unpack(Memory)"],
  ["memory", "table.move(Memory, 1, 10000, 2)"],
  ["memory", "ext.clear(Memory)"],
  ["memory", "collectgarbage()"],
  ["memory", "next(Memory, 1) next(Memory, 2)"],
  ["memory", `k = k or ${straight("a(b, 5)", 500)} k(next, Memory)`],
  ["memory", `l = l or ${straight("local _ = #a", 500)} l(Memory)`],
  ["memory", "for i, v in ipairs(Memory) do end"],
  ["memory", "Memory[0] = Memory"],
  ["keys", "for k, v in pairs(keys) do end"],
  ["keys", "local _ = #keys"],
  ["keys", "next(keys)"],
  ["keys", 'next(keys, "key5")'],
  ["keys", "ext.copy(keys)"],
  ["keys", "ext.clear(keys)"],
  ["keys", `m = m or ${straight("a(b)", 500)} m(next, keys)`],
  ["keys", "Memory.keys = keys"],
  ["keys", "keys[#keys + 1] = 1"],
  ["keys", "keys = nil collectgarbage()"],
  ["stored", "ext.copy(Memory)"],
  ["stored", "collectgarbage()"],
  ["stored", "for k, v in pairs(Memory) do ext.size(v) end"],
  ["stored", "ext.clear(Memory) collectgarbage()"],
  ["stored", "held = {} for k, v in pairs(Memory) do held[#held + 1] = v end"],
  ["big", "local _ = Memory.big"],
  ["big", "Memory.big = big"],
  ["big", "ext.copy(Memory)"],
  ["big", "for k, v in pairs(Memory) do end"],
  ["big", "Memory[big] = 1 Memory[big] = nil"],
  ["big", "Memory.b = { big, { big } }"],
  ["big", "table.concat(Memory)"],
  ["big", "io.write(big) io.write(big)"],
  ["big", "print(big, big, big)"],
  ["pattern", '("x"):rep(60):find(pattern)'],
  ["pattern", '("a"):rep(10000):find(set .. "-b")'],
  ["pattern", '("b"):rep(10000):find(set)'],
  ["pattern", '("a"):rep(100000):gsub(set, "%0%0")'],
  ["pattern", '("a"):rep(30000):find(".-.-.-b")'],
  ["pattern", '("("):rep(100000):find("%b()")'],
  ["pattern", '("a"):rep(10000):find("%f" .. set .. "b")'],
  ["pattern", 'pcall(string.find, "x", ("("):rep(100000))'],
  ["pattern", 'pcall(string.find, ("x"):rep(1000), "[" .. ("a"):rep(1000000))'],
  ["pattern", 'pcall(string.gsub, ("x"):rep(1000), "x", ("%1"):rep(100000))'],
  ["names", "ext.names()"],
  ["names", 'ext.table("name1")'],
  ["names", "for _, name in ipairs(ext.names()) do ext.drop(name) end"],
  ["names", "collectgarbage()"],
  ["names", "ext.table()"],
];

/** Ways to repeat an action; all but the first end at the limit. */
const WAYS = [
  action => `${action}`,
  action => `for i = 1, 1e9 do ${action} end`,
  action => `while true do pcall(function() ${action} end) end`,
  action => `while true do coroutine.wrap(function() ${action} coroutine.yield() end)() end`,
  action => `while true do local c <close> = setmetatable({}, { __close = function() ${action} end }) end`,
  action => `while true do setmetatable({}, { __gc = function() ${action} end }) end`,
  action =>
    `local f = load(${JSON.stringify(`local function f() ${action} end `)} .. ("f() "):rep(1000)) while true do f() end`,
];
const MODES = [
  "",
  "",
  'collectgarbage("generational")',
  'collectgarbage("incremental", 1, 1000)',
  'collectgarbage("setpause", 0)',
  'collectgarbage("stop")',
  'collectgarbage("incremental", 1000, 1, 5)',
];

/** The evals of a seed: [what makes data, ...actions]. */
function evalsOf(seed) {
  const random = new Random(seed);
  const names = [random.pick(Object.keys(DATA)), random.pick(Object.keys(DATA))];
  const size = () => Math.floor(10 ** (1 + (2 * random.below(1000)) / 1000));
  const evals = [...new Set(names)].map(name => `${random.pick(MODES)} ${DATA[name](size())}`);
  const fitting = ACTIONS_ON.filter(([name]) => names.includes(name));
  for (let i = 0; i < ACTIONS; i++) evals.push(random.pick(WAYS)(random.pick(fitting)[1]));
  return evals;
}

/** Runs all evals: for each, the milliseconds between questions, its first answer's and its last one's included. */
function measure(evals) {
  let stamps = [];
  const lua = serviced({
    config: `memory_limit=67108864\ninstruction_limit=${STEPS}`,
    seed: Buffer.alloc(16, 7),
    clock: Buffer.alloc(8),
    stdout: "",
    interrupt: () => void stamps.push(clock()),
  });
  return evals.map(source => {
    stamps = [clock()];
    const { ok, text } = lua.eval(source);
    stamps.push(clock());
    lua.host.sent.length = 0;
    const probe = lua.eval("return 1 + 1");
    assert.ok(probe.text === "2" || ENDS.test(probe.text), `the next eval gave ${probe.text.slice(0, 200)}`);
    return { gaps: stamps.slice(1).map((time, i) => time - stamps[i]), stopped: !ok && ENDS.test(text), failed: !ok };
  });
}

/** The shorter times of two measurements of the same evals. */
const shorter = (a, b) =>
  a.map((one, i) => ({ ...one, gaps: one.gaps.map((gap, j) => Math.min(gap, b[i].gaps[j] ?? gap)) }));
const longest = ({ gaps }) => Math.max(...gaps);
const total = ({ gaps }) => gaps.reduce((sum, gap) => sum + gap, 0);
/** Milliseconds that the steps of one eval, and of the finalizers that end it, may take. */
const ALLOWED = (STEPS * STEP) / 1e6;
const suspicious = result => longest(result) > GAP || total(result) > ALLOWED;

/** @param {number} seed @returns {object} figures @throws {Error} with `programs`, the data and the action */
export function runHeavy(seed) {
  const evals = evalsOf(seed);
  try {
    let results = measure(evals);
    for (let i = 1; i < REPEATS && results.some(suspicious); i++) results = shorter(results, measure(evals));
    const at = results.findIndex(suspicious);
    if (at >= 0)
      assert.fail(
        `${longest(results[at]).toFixed(1)} ms without a question, ${total(results[at]).toFixed(0)} ms in all, in: ${evals[at].slice(0, 300)}`,
      );
    return {
      programs: evals.length,
      stopped: results.filter(one => one.stopped).length,
      errors: results.filter(one => one.failed && !one.stopped).length,
      slowest: Math.max(...results.map(longest)),
    };
  } catch (error) {
    throw Object.assign(new Error(`seed ${seed}: ${error.message}`, { cause: error }), { programs: evals });
  }
}
