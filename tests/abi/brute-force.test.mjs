// Every function that a script can reach, called with random arguments, neither traps nor breaks the module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleBytes, open, withMaximumMemory } from "./client.mjs";
import { Random } from "./random.mjs";

/** Bounded, so that a call that asks for all the memory there is ends soon. */
const bounded = new WebAssembly.Module(withMaximumMemory(moduleBytes(), 96));
const SEEDS = 60;
const CALLS = 1000;

/**
 * Collects all functions reachable from _G, in an order that does not change, and calls them. The calls run in a
 * coroutine of their own, so that hooks and yields stay there; what they return joins the arguments.
 *
 * Left out are calls that end only after 2^31 rounds of a loop in C, as in every Lua: string.rep and table.move
 * with large numbers, a reader of load that never returns nil.
 */
const HARNESS = `
local pcall, type, pairs, tostring, ipairs, select = pcall, type, pairs, tostring, ipairs, select
local create, resume, main = coroutine.create, coroutine.resume, coroutine.running()
local sethook, setmetatable, sort, pack, unpack = debug.sethook, debug.setmetatable, table.sort, table.pack, table.unpack
local rep, move, collect = string.rep, table.move, collectgarbage
local metatables = {}
for i, v in ipairs {0, "", true, print, main} do metatables[i] = {v, debug.getmetatable(v)} end

-- os.exit would end the round.
local functions, seen = {}, {[os.exit] = true}
local function visit(value, name)
  if seen[value] or value == nil then return end
  if type(value) == "function" then seen[value] = true functions[#functions + 1] = {name, value} end
  if type(value) ~= "table" and type(value) ~= "userdata" and type(value) ~= "string" then return end
  seen[value] = true
  visit(debug.getmetatable(value), name .. ".mt")
  if type(value) == "table" then for k, v in pairs(value) do visit(v, name .. "." .. tostring(k)) end end
end
for k, v in pairs(_G) do visit(v, tostring(k)) end
visit(io.stdout, "file") visit(Memory, "Memory") visit("", "string")
visit(string.gmatch("abc", "."), "gmatch") visit(utf8.codes("abc"), "codes") visit(pairs({}), "next")
sort(functions, function(a, b) return a[1] < b[1] end)
local names = {}
for i, f in ipairs(functions) do names[i] = f[1]:match("[^.]*$") end

local values = {
  false, true, 0, 1, 2, 3, -1, -2, 7, 10, 64, 255, 1 << 16, 1 << 31, (1 << 31) - 1, -(1 << 31), 1 << 32, 1 << 53, math.maxinteger,
  math.mininteger, 0.0, -0.0, 0.5, 1e15, 1e308, -1e308, 1/0, -1/0, 0/0, 2^53, 2^63, 5e-324, "", "x", "0", "10", "0x10", "abc", "%d", "%s%s",
  "%99.99f", "%q", "(.-)", "[", "%b()", "%", "()", ".*", "*t", "!%c", "n", "a", "L", "k", "kv", "v", "__index", "__gc", "__close", "__name",
  "__metatable", "__mode", "_G", "string", "collect", "step", "incremental", "generational", "count", "<i4", "z", "s1", "!16i16", "\\0", "\\0\\xff\\x80",
  "\\xf0\\x9f\\x98\\x80", "return 1", "return ...", "x = ", "crl", "nSltufrL", ("x"):rep(300), {}, {1, 2, 3}, {a = 1}, {__index = _G}, {"x", "y"},
  _G, string, table, io.stdout, io.stdin, Memory, main, create(print), coroutine.wrap(function() coroutine.yield(1) end),
  function() end, function(...) return ... end, function() error("boom") end, function() return {} end, function(a, b) return a, b end,
  function() coroutine.yield(1, 2) end, setmetatable({}, {__call = function() return 1 end, __close = function() end}),
}
local fixed = #values

local state = SEED
local function random(n)
  state = (state * 6364136223846793005 + 1442695040888963407)
  return ((state >> 33) % n) + 1
end

local function bounded(v, name)
  if type(v) == "number" and (name == "rep" or name == "move") then return random(20) - 5 end
  if name == "load" and type(v) ~= "string" then return "return 1" end
  if v == rep or v == move or v == collect or v == load then return 5 end
  return v
end

for round = 1, CALLS do
  local at = random(#functions)
  local name, called = names[at], functions[at][2]
  local arguments = {n = random(6) - 1}
  for i = 1, arguments.n do
    local pick = random(20)
    local v
    if pick == 1 then v = functions[random(#functions)][2] elseif pick > 2 then v = values[random(#values)] end
    arguments[i] = bounded(v, name)
  end
  local results = pack(resume(create(function() return pcall(called, unpack(arguments, 1, arguments.n)) end)))
  sethook() sethook(main)
  for i = 1, 5 do setmetatable(metatables[i][1], metatables[i][2]) end
  for i = 3, results.n do
    local v = results[i]
    if v ~= nil and not (type(v) == "string" and #v > 1000) and v ~= functions and v ~= values and v ~= arguments then
      values[fixed + random(40)] = v
      for j = fixed + 1, fixed + 40 do if values[j] == nil then values[j] = 0 end end
    end
  end
end`;

test("every function of the libraries is among those called", () => {
  const lua = open();
  const source = HARNESS.split("local values =")[0];
  const wanted =
    "pcall load print os.date string.pack table.sort utf8.codes math.random debug.setlocal coroutine.close io.write require ext.table";
  const missing =
    lua.run(`${source} local o = {} for _, f in ipairs {${wanted.replaceAll(" ", ", ")}} do if not seen[f] then o[#o + 1] = tostring(f) end end
    return #functions > 140, table.concat(o, " ")`);
  assert.equal(missing, "true\t");
});

let completed = 0;
const seeds = new Random(Number(process.env.SEED ?? 20240601));
for (let round = 0; round < SEEDS; round++) {
  const seed = seeds.u32();
  test(`${CALLS} random calls with seed ${seed} leave a working module`, t => {
    const lua = open(undefined, bounded);
    const answer = lua.eval(HARNESS.replace("SEED", String(seed)).replaceAll("CALLS", String(CALLS)));
    if (answer.ok) completed++;
    else t.diagnostic(`ended early: ${answer.text.split("\n")[0]}`);
    assert.equal(lua.eval("return 1 + 1").text, "2");
    lua.exports.run_gc();
    assert.equal(lua.eval("local t = {} for i = 1, 1000 do t[i] = {i} end return #t").text, "1000");
  });
}

test("most rounds ran to their end", () => {
  assert.ok(completed > SEEDS * 0.8, `${completed} of ${SEEDS}`);
});
