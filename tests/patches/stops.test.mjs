// A script that is stopped at any of its steps leaves nothing half done: natively, with Lua's own assertions.
import assert from "node:assert/strict";
import test from "node:test";
import { patched, runNative } from "./native.mjs";

const program = patched();

/** What runs, and what is called each time after a stop. */
const PROGRAMS = {
  "coroutines that are resumed again": `
    local all, ended = {}, {}
    local function body(...)
      local closed <close> = setmetatable({}, { __close = function() for _ = 1, 3 do end end })
      for _ = 1, 3 do coroutine.yield(pcall(error, 1)) end
      ("xx"):gsub("x", function() coroutine.resume(coroutine.create(function() for _ = 1, 10 do end end)) end)
      ended[coroutine.running()] = true
      return error, "an ended coroutine has called its result"
    end
    function after()
      for _ = 1, 2 do
        for _, c in ipairs(all) do
          if ended[c] then assert(coroutine.status(c) == "dead", coroutine.status(c)) end
          if coroutine.status(c) == "dead" then
            local ok, message = coroutine.resume(c, 1, 2, 3)
            assert(not ok and message == "cannot resume dead coroutine", message)
          end
        end
      end
      for _, c in ipairs(all) do coroutine.resume(c) coroutine.resume(c) coroutine.close(c) coroutine.resume(c, 1) end
    end
    for i = 1, 2 do all[i] = coroutine.create(body) end
    for k = 1, 6 do for _, c in ipairs(all) do coroutine.resume(c, k) end end`,
  "a wrapped coroutine inside another, whose closer fails": `
    local all = {}
    function after() for _ = 1, 3 do for _, c in ipairs(all) do coroutine.resume(c, 1, 2) end end end
    local inner = coroutine.wrap(function()
      local closed <close> = setmetatable({}, { __close = function() error("c") end })
      for i = 1, 3 do coroutine.yield(i) end
    end)
    all[1] = coroutine.create(function() for _ = 1, 4 do coroutine.yield(inner()) end end)
    for _ = 1, 6 do coroutine.resume(all[1]) end`,
};

for (const [name, source] of Object.entries(PROGRAMS)) {
  test(`after a stop at any step: ${name}`, () => {
    const { ok, text } = runNative(program, source, ["stops"]);
    assert.ok(ok, text.slice(-2000));
    assert.ok(Number(text) > 50, `${text} steps`);
  });
}
