// Other pages than ours: an earlier page with host functions of its own, and the two ways to include our scripts.
import { test, expect } from "./fixtures.js";

test("an earlier page with host functions of its own runs unchanged", async ({ page, openExtra }) => {
  await openExtra("old-host.html");
  const evaluate = code => page.evaluate(text => window.lua.eval(text), code);
  await page.waitForFunction(() => window.lua?.ready);

  expect(await evaluate("Memory.counter = (Memory.counter or 0) + 1 return Memory.counter")).toBe("1");
  expect(await evaluate("Memory.counter = (Memory.counter or 0) + 1 return Memory.counter")).toBe("2");
  expect(await evaluate('Memory.big = string.rep("x", 100000) return #Memory.big')).toBe("100000");
  expect(await evaluate("return Memory.big == string.rep('x', 100000)")).toBe("true");
  expect(await evaluate('Memory["\\0\\255"] = 1.5 return Memory["\\0\\255"]')).toBe("1.5");
  expect(await evaluate("Memory.big = nil return Memory.big")).toBe("nil");
  expect(await evaluate("local t = ext.table() t.x = true return t.x")).toBe("true");
  expect(await evaluate('error("boom")')).toContain("Error: eval:1: boom");
});

test("an earlier page saves, reloads and restores as it always did", async ({ page, openExtra }) => {
  await openExtra("old-host.html");
  await page.waitForFunction(() => window.lua?.ready);
  await page.evaluate(() => {
    window.lua.eval('Memory.name = "old"');
    window.lua.save();
  });
  await page.reload();
  await page.waitForFunction(() => window.lua?.ready);
  expect(await page.evaluate(() => (window.lua.restore(), window.lua.eval("return Memory.name")))).toBe("old");
});

test("an entry saved by an earlier page opens in ours", async ({ page, openExtra }) => {
  await openExtra("old-host.html");
  await page.waitForFunction(() => window.lua?.ready);
  await page.evaluate(() => {
    window.lua.eval('Memory.text, Memory.number, Memory["\\0\\255"] = "grüße", 0.1, true');
    window.lua.save();
  });
  await openExtra("module.html");
  const values = await page.evaluate(async () => {
    const lua = await window.whenReady;
    lua.loadFromLocalStorage();
    return lua.eval('return Memory.text, Memory.number, Memory["\\0\\255"]');
  });
  expect(values).toBe("grüße\t0.1\ttrue");
});

for (const name of ["classic.html", "module.html"]) {
  test(`${name}: count, save, reload, load, and a LuaError`, async ({ page, openExtra }) => {
    await openExtra(name);
    const evaluate = code => page.evaluate(text => window.whenReady.then(lua => lua.eval(text)), code);
    const count = "Memory.counter = (Memory.counter or 0) + 1 return Memory.counter";
    expect(await evaluate(count)).toBe("1");
    expect(await evaluate(count)).toBe("2");
    await page.evaluate(() => window.whenReady.then(lua => lua.saveToLocalStorage("counter")));
    await page.reload();
    expect(await page.evaluate(() => window.whenReady.then(lua => lua.loadFromLocalStorage("counter")))).toBe(true);
    expect(await evaluate(count)).toBe("3");
    const error = await page.evaluate(async () => {
      const lua = await window.whenReady;
      try {
        lua.eval('error("boom")');
      } catch ({ name, message, traceback }) {
        return { name, message, traceback };
      }
    });
    expect(error).toMatchObject({ name: "LuaError", message: "eval:1: boom" });
    expect(error.traceback).toMatch(/^stack traceback:\n/);
  });
}
