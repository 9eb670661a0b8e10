// External tables outlive the page: a world of them, saved, reloaded and compared as a whole.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { test, expect } from "./fixtures.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const NAMES = ["inventory", "made by js"];

test.beforeEach(async ({ page }) => {
  await page.addInitScript({ path: path.join(HERE, "world.js") });
});

/** Calls `step(lua, argument)` in the page, once Lua is there. */
const inPage = (page, step, argument) =>
  page.evaluate(
    async ([code, argument]) => (0, eval)(`(${code})`)(await window.whenReady, argument),
    [step.toString(), argument],
  );

const describe = (page, names = NAMES) => inPage(page, (lua, names) => window.world.describe(lua, names), names);
const load = page => inPage(page, lua => lua.loadFromLocalStorage("world"));
const save = page => inPage(page, lua => lua.saveToLocalStorage("world"));

for (const name of ["module.html", "classic-tables.html"]) {
  test(`${name}: a world by Lua and JavaScript is the same after a reload, and after another`, async ({
    page,
    openExtra,
  }) => {
    await openExtra(name);
    await inPage(page, lua => (window.world.writeByLua(lua), window.world.writeByViews(lua)));
    const first = await describe(page);
    expect(first[0]).toMatch(/^150\d\d tables, \d+ lines, hash -?\d+$/);
    expect(first[1]).toMatch(/^150\d\d tables, /);
    await save(page);

    await page.reload();
    expect(await describe(page)).not.toEqual(first);
    expect(await load(page)).toBe(true);
    expect(await describe(page)).toEqual(first);

    await inPage(page, lua => {
      lua.eval("Memory.graph.self.added = {Memory.big:sub(1, 300)} Memory.chain = nil");
      lua
        .table(1)
        .get("from js")
        .get("cycle")
        .set("more", [lua.table("inventory")]);
      lua.exports.run_gc();
    });
    const second = await describe(page);
    expect(second[0]).toMatch(/^50\d\d tables, /);
    await save(page);
    await page.reload();
    await load(page);
    expect(await describe(page)).toEqual(second);
  });
}

test("the two descriptions notice a single changed byte", async ({ page, openExtra }) => {
  await openExtra("module.html");
  await inPage(page, lua => (window.world.writeByLua(lua), window.world.writeByViews(lua)));
  const before = await describe(page);
  await inPage(page, lua => lua.eval('Memory.big = Memory.big:sub(1, -2) .. "x"'));
  const after = await describe(page);
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});

test("a world saved by an earlier page is the same in ours, and migrating it changes what it must", async ({
  page,
  openExtra,
}) => {
  await openExtra("old-host.html");
  await page.waitForFunction(() => window.lua?.ready);
  const before = await page.evaluate(() => {
    // An earlier page writes each byte as text into the entry: 1 MB would not fit.
    window.world.writeByLua(window.lua);
    window.lua.eval("Memory.big, Memory.chain = Memory.big:sub(1, 65536), nil");
    window.lua.save();
    return window.world.describeByLua(window.lua);
  });
  await openExtra("module.html");
  await inPage(page, lua => lua.loadFromLocalStorage());
  expect((await describe(page, ["inventory"]))[0]).toBe(before);
  expect(await inPage(page, lua => lua.migrate())).toMatchObject({ integerKeys: 0, stringKeys: 0, conflicts: [] });
  expect((await describe(page, ["inventory"]))[0]).toBe(before);
});

/** An entry as the Zig build's page saved it: raw keys, decimal digits, no catalogue, bytes as JSON made them. */
function zigEntry() {
  const u32 = value => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
  const text = content => [4, ...u32(Buffer.byteLength(content)), ...Buffer.from(content)];
  const table = id => [7, ...u32(id)];
  const float = [3, ...Buffer.from(Float64Array.of(0.1).buffer)];
  const tables = {
    1: {
      counter: [2, 41, 0, 0, 0, 0, 0, 0, 0],
      tenth: float,
      list: table(2),
      7: text("seven"),
      "-12": text("minus"),
      "": text("empty"),
    },
    2: { 1: text("a"), 2: table(3), 3: table(2), note: [0] },
    3: { back: table(2), "\x01bell": [1, 1], big: text("ü".repeat(8000)), handler: [5, 1, 2, 3] },
    9: { lost: text("found") },
  };
  const entries = fields => Object.entries(fields).map(([key, value]) => [btoa(key), { ...value }]);
  const list = Object.entries(tables).map(([id, fields]) => ({ id: Number(id), entries: entries(fields) }));
  return JSON.stringify({ timestamp: 1, tables: list });
}

test("an entry of the Zig build migrates, and is the same after reloads", async ({ page, openExtra }) => {
  await openExtra("module.html");
  await page.evaluate(json => localStorage.setItem("lua_snapshot_world", json), zigEntry());
  await load(page);
  expect(await inPage(page, lua => lua.migrate())).toEqual({
    integerKeys: 5,
    stringKeys: 2,
    nils: 1,
    unreadable: [{ table: 3, key: "handler" }],
    conflicts: [],
  });
  const check = `
    local l = Memory.list
    assert(l[3] == l and l[2].back == l and #l == 3 and l[1] == "a" and ext.size(l) == 3)
    assert(Memory[7] == "seven" and Memory["7"] == nil and Memory[-12] == "minus" and Memory[""] == "empty")
    assert(l[2].big == string.rep("ü", 8000) and l[2]["\\1bell"] == true and Memory.tenth == 0.1)
    assert(not pcall(function() return l[2].handler end))
    return Memory.counter, table.concat(ext.names(), " "), ext.table("table:9").lost`;
  const evaluate = code => inPage(page, (lua, code) => lua.eval(code), code);
  expect(await evaluate(check)).toBe("41\ttable:2 table:3 table:9\tfound");
  await inPage(page, lua => lua.table(3).delete("handler"));
  const names = ["table:2", "table:3", "table:9"];
  const before = await describe(page, names);

  for (let reload = 0; reload < 2; reload++) {
    await save(page);
    await page.reload();
    await load(page);
    expect(await inPage(page, lua => lua.migrate())).toMatchObject({ integerKeys: 0, stringKeys: 0, nils: 0 });
    expect(await describe(page, names)).toEqual(before);
  }
});
