// Engines compile twice: everything at once, and functions that have run often once more, to be three times as fast. Code
// belongs to the module, so that all its instances share it.
import { rest } from "./environment.ts";
import { ExternalTables } from "./external-tables.ts";
import { PlainServices } from "./host.ts";
import { LuaInstance } from "./instance.ts";
import type { WasmModule } from "./platform.ts";

/** Lua that uses most of the interpreter and of the libraries; it takes some milliseconds before the second compilation. */
const WARMING = `
  local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
  local class = {} class.__index = class
  function class:add(n) self.n = self.n + n end
  local list, object = {}, setmetatable({n = fib(12)}, class)
  for i = 1, 200 do
    local key = "k" .. i % 50
    list[i], list[key] = i * 7919 % 211 + 0.5, {i, function() return i end}
    object:add(list[key][2]())
    pcall(error, i ~ 3)
  end
  table.sort(list, function(a, b) return a < b end)
  local text = table.concat(list, ",")
  text:gsub("%d+", string.upper)
  text:find("9,1.5x")
  for c in coroutine.wrap(function() for i = 65, 99 do coroutine.yield(i) end end) do
    text = string.format("%d %s %5.1f", c, "x", c) .. utf8.char(c)
  end
  for _, c in utf8.codes(text) do object:add(c) end`;
const WARMINGS = 10;
/** Whether it was done or has begun. It is done once in a program. */
let isWarm = false;

/** Milliseconds between two pieces where there is no requestIdleCallback. */
const PAUSE = 20;
const idle = () =>
  new Promise<unknown>(resolve => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(resolve);
    else rest(setTimeout(resolve, PAUSE));
  });

/** Has the engine compile for speed in idle time, by running an instance that has no other use. */
export async function warmUp(module: WasmModule): Promise<void> {
  if (isWarm) return;
  isWarm = true;
  try {
    const lua = new LuaInstance(new ExternalTables(), new PlainServices());
    await idle();
    await lua.load(module);
    for (let i = 0; i < WARMINGS; i++) {
      await idle();
      lua.run(WARMING);
    }
  } catch {
    // There may not be enough memory. Only speed is lost.
  }
}
