// Random mixtures of ways to recurse, each level by the next of them, on a third of the engine's default stack.
// Usage: node --stack-size=328 tests/abi/depth-mixtures.mjs COUNT [FIRST SEED]
import { open } from "./client.mjs";
import { lowWater } from "./depth.mjs";
import { Random } from "./random.mjs";

/** Each calls `down` once or more, or raises an error deep inside. */
const STEPS = [
  'string.gsub("x", "x", down)',
  'string.gsub(("a"):rep(300), ("a?"):rep(150), down)',
  'for _ in string.gmatch("xx", "x") do down() end',
  "table.sort({3, 2, 1, 5, 4, 8, 9, 7}, function(a, b) down() return a < b end)",
  'table.concat(setmetatable({}, {__len = function() return 2 end, __index = function() down() return "x" end}))',
  "table.unpack(setmetatable({}, {__index = down}), 1, 3)",
  "pcall(down)",
  "xpcall(down, function(m) return m end)",
  "xpcall(error, down)",
  'xpcall(error, function() down() error("again") end)',
  "xpcall(function() local x = nil + 1 end, down)",
  'xpcall(string.find, down, ("a"):rep(300), ("a?"):rep(300) .. "b")',
  'xpcall(string.find, down, ("a"):rep(300), ("a*"):rep(190) .. "%")',
  "xpcall(table.sort, down, {1, 2, 3, 4, 5, 6, 7, 8, 9}, function() return true end)",
  "xpcall(load, down, function() down() end)",
  'xpcall(load, down, "return " .. ("("):rep(250))',
  "coroutine.wrap(down)()",
  "coroutine.resume(coroutine.create(down))",
  "for _ in coroutine.wrap(function() down() coroutine.yield(1) end) do end",
  `local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = down}) coroutine.yield() end)
    coroutine.resume(co) coroutine.close(co)`,
  "local x <close> = setmetatable({}, {__close = down})",
  "for _ in down do end",
  'tostring(setmetatable({}, {__tostring = function() down() return "" end}))',
  'print(setmetatable({}, {__tostring = function() down() return "" end}))',
  'string.format("%s", setmetatable({}, {__tostring = function() down() return "" end}))',
  'string.format("%99.99f%99.99e", 1e308, 5e-324) down()',
  "local x = setmetatable({}, {__add = down}) + 1",
  'local x = setmetatable({}, {__concat = down}) .. "x"',
  "local x = setmetatable({}, {__index = down}).x",
  "setmetatable({}, {__newindex = down}).x = 1",
  "setmetatable({}, {__call = down})()",
  "pairs(setmetatable({}, {__pairs = down}))",
  "setmetatable({}, {__gc = down}) collectgarbage()",
  "load(function() down() end)",
  'local done load(function() if not done then done = true down() return "x = {{{{1}}}}" end end)',
  'load("down()")()',
  'load("return " .. ("("):rep(150) .. "1" .. (")"):rep(150)) down()',
  'string.dump(load(("return function() "):rep(150) .. (" end"):rep(150))) down()',
  'debug.sethook(function() debug.sethook() down() end, "l") local y = 1',
  'debug.traceback("x", 1) down()',
  'package.loaded.m, package.preload.m = nil, down require "m"',
  'table.insert(package.searchers, 1, down) pcall(require, "none") table.remove(package.searchers, 1)',
  "Memory[setmetatable({}, {__index = down})] = 1",
  "Memory.t = {{{}}} ext.copy(Memory) down()",
];

/** @param {number} seed @returns {string} source that ends by an error or by itself */
function mixture(seed) {
  const random = new Random(seed);
  const steps = Array.from({ length: 1 + random.below(5) }, () => `function(down) ${random.pick(STEPS)} end`);
  // By depth the same way every time; by number of calls another way at each try.
  const next = random.pick(["depth", "calls"]);
  return `
    local steps, depth, calls = {${steps.join(", ")}}, 0, 0
    function down()
      depth, calls = depth + 1, calls + 1
      if calls > ${2000 + random.below(4000)} then error("enough", 0) end
      steps[${next} % #steps + 1](down)
      depth = depth - 1
    end
    down()`;
}

const [, , count, first = 1] = process.argv;
const figures = { mixtures: 0, errors: 0, overflows: 0, spare: Infinity };
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const lua = open();
  try {
    const { answer, spare } = lowWater(lua, mixture(seed));
    figures.mixtures++;
    if (!answer.ok) figures.errors++;
    if (/stack overflow|error in error handling/.test(answer.text)) figures.overflows++;
    figures.spare = Math.min(figures.spare, spare);
    const after = lua.run("return 1 + 1");
    if (after !== "2") throw new Error(`the next eval gave ${after}`);
  } catch (cause) {
    throw new Error(`mixture ${seed}: ${cause.message}`, { cause });
  }
}
console.log(JSON.stringify(figures));
