// What Lua's makefile builds in for programs written for 5.3 (LUA_COMPAT_5_3) is in lua.wasm as in stock native Lua.
import assert from "node:assert/strict";
import test from "node:test";
import { open } from "../abi/client.mjs";
import { patched, runNative, stock } from "./native.mjs";

/** Orders by __lt alone: what <= and >= give, called from everywhere, with yields and errors inside. */
const LESS_OR_EQUAL = `
  local function ordered(yields)
    local meta = {}
    meta.__lt = function(a, b)
      if yields then coroutine.yield("comparing", a.n, b.n) end
      if a.n == 13 or b.n == 13 then error("unlucky " .. a.n .. " " .. b.n) end
      return a.n < b.n and "yes" or nil
    end
    return function(n) return setmetatable({ n = n }, meta) end
  end
  local function compare(new)
    for a = 11, 14 do
      for b = 11, 14 do
        local x, y = new(a), new(b)
        print(a, b, pcall(function() return x <= y, x >= y, not (x <= y), x <= y and 1 or 2 end))
        print(select(2, pcall(function() if x <= y then return "then" else return "else" end end)))
      end
    end
    print(pcall(function() return new(1) <= 1, 1 <= new(1) end))
    print(pcall(function() return new(1) <= {} end))
  end
  compare(ordered(false))
  local co = coroutine.wrap(function() compare(ordered(true)) return "end" end)
  for i = 1, 1000 do
    local step, a, b = co()
    print(step, a, b)
    if step == "end" then break end
  end
  local both = { __lt = function() return error("not asked") end, __le = function() return true end }
  print(setmetatable({}, both) <= setmetatable({}, both))
  print(pcall(function() return setmetatable({}, {}) <= {} end))
  print(pcall(table.sort, { 3, 1, 2 }, function(a, b) return ordered(false)(a) <= ordered(false)(b) end))`;

/** Exact functions alone: the others are compared with the host's in shim_libc. */
const EXACT = `
  local values = { 0.0, -0.0, 1.0, -1.5, 0.1, 1e308, 5e-324, 2^-1022, 1e-310, math.huge, -math.huge, 123456789.125, math.pi }
  for _, x in ipairs(values) do
    print(string.format("%a %d", math.frexp(x)))
    for _, e in ipairs { 0, 1, -1, 52, -1074, 1023, 1024, -1022, 2100, -2100, 1 << 32, (1 << 31) + 5 } do print(string.format("%a", math.ldexp(x, e))) end
    for _, e in ipairs { 0, 1, -1, 2, 0.5, 3 } do print(string.format("%.14g", math.pow(x, e))) end
    print(string.format("%.14g %.14g %.14g", math.cosh(x), math.sinh(x), math.tanh(x)))
    print(string.format("%.14g %.14g", math.log10(math.abs(x)), math.atan2(x, -1)))
  end
  print(math.pow("2", "3"), math.ldexp(1, "4"), pcall(math.ldexp, 1, 1.5), pcall(math.pow, 1))`;

const NAMES = `
  local names = {}
  for lib in ("_G coroutine io math os string table utf8"):gmatch("%S+") do
    for name in pairs(_G[lib]) do names[#names + 1] = lib .. "." .. tostring(name) end
  end
  table.sort(names)
  print(table.concat(names, "\\n"))`;

const stockProgram = stock();
const patchedProgram = patched();
/** The name of the chunk is the file's or eval's. */
const comparable = text => text.replace(/(eval|\S*\.lua):\d+:/g, "chunk:").replace(/-nan/g, "nan");
const inWasm = source => comparable(open().run(source));
const native = (program, source, args) => comparable(runNative(program, source, args).text);

for (const [what, source] of Object.entries({ "<= by __lt": LESS_OR_EQUAL, "functions of math": EXACT })) {
  test(`${what}: stock, patched and lua.wasm print the same`, () => {
    const expected = native(stockProgram, source);
    assert.ok(expected.split("\n").length > 50, expected);
    assert.equal(native(patchedProgram, source, ["short slices"]), expected);
    assert.equal(inWasm(source).trimEnd(), expected.trimEnd());
  });
}

test("lua.wasm lacks no function of the libraries, and has only its own beside them", () => {
  const [expected, actual] = [native(stockProgram, NAMES), inWasm(NAMES)].map(text => new Set(text.trim().split("\n")));
  assert.ok(expected.has("math.ldexp"));
  assert.deepEqual(
    [...expected].filter(name => !actual.has(name)),
    [],
  );
  assert.deepEqual([...actual].filter(name => !expected.has(name)).sort(), ["_G.Memory", "_G._home", "_G.ext"]);
});
