// Within one long run there are at no time more than some three times as many tables as can be reached, whatever it does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";

const wasm = new URL("../../web/lua.wasm", import.meta.url);
/** More than three times, for small ones. */
const CONSTANT = 500;
/** Lua's own garbage holds tables until Lua collects it: as many at the most. */
const COLLECT = "if i % 1000 == 0 then collectgarbage() end";
const HELD = 1003;

/** What is done first, what is done then in one run, and how many tables can be reached in that at the most. */
const SCRIPTS = {
  "saves by assignment": ["", "for i = 1, 200000 do Memory.save = { i } end", 3],
  "tables in a ring": ["", "for i = 1, 30000 do local a, b = {}, {} a.b, b.a = b, a Memory.ring = a end", 4],
  "a world that changes": [
    "Memory.w = {} for i = 1, 2000 do Memory.w[i] = { i } end",
    "for i = 1, 60000 do Memory.w[i % 2000 + 1] = { i } end",
    2003,
  ],
  "a world that changes, with nothing allocated between": [
    "Memory.w = {} for i = 1, 2000 do Memory.w[i] = { { i } } end",
    "for i = 1, 40000 do local j = i % 2000 + 1 Memory.w[j] = { { i } } local a = Memory.w[j] Memory.w[j] = a end",
    4003,
  ],
  "a world that moves to another name each time": [
    "Memory.w = {} for i = 1, 100 do Memory.w[i] = { i } end",
    'for i = 1, 400 do ext.table("n" .. i).w = ext.copy(Memory.w) ext.drop("n" .. (i - 1)) end',
    305,
  ],
  "tables that nothing ever refers to": ["", `for i = 1, 60000 do ext.table().x = i ${COLLECT} end`, HELD],
  "tables that refer to themselves alone": [
    "",
    `for i = 1, 30000 do local t = ext.table() t.self = t ${COLLECT} end`,
    HELD,
  ],
  "what grows below a table that Lua has let go of": [
    "",
    "for i = 1, 300 do local t = ext.table() for j = 1, 100 do t[j] = { j } end t = nil if i % 10 == 0 then collectgarbage() end end",
    1500,
  ],
  "a chain, cut again and again": [
    "Memory.c = {}",
    "for i = 1, 60000 do Memory.c = { next = i % 500 ~= 0 and Memory.c or nil } end",
    502,
  ],
  "a wide table, replaced": [
    "",
    "for i = 1, 20 do Memory.wide = {} for j = 1, 3000 do Memory.wide[j] = { j } end end",
    3003,
  ],
  "tables as keys": [
    "",
    `for i = 1, 30000 do local t = ext.table() t.x = i Memory[t] = true Memory[t] = nil ${COLLECT} end`,
    HELD,
  ],
};

for (const [name, [before, script, reached]] of Object.entries(SCRIPTS)) {
  test(`in one run: ${name}`, async () => {
    let [most, asked] = [0, 0];
    const count = () => lua.getStats().externalTableCount;
    const lua = await LuaPersistent.open({ wasm, interrupt: () => (asked++, (most = Math.max(most, count())), false) });
    await lua.run(before);
    await lua.run(script);
    most = Math.max(most, count());
    assert.ok(most <= 3 * reached + CONSTANT, `${most} tables where ${reached} can be reached; seen ${asked} times`);
    await lua.close();
  });
}

test("a store that is opened again is swept in its first run", async () => {
  const records = new Map();
  const first = await LuaPersistent.open({ wasm, store: memoryStore(records) });
  await first.run("Memory.w = {} for i = 1, 2000 do Memory.w[i] = { i } end");
  await first.close();
  let most = 0;
  const lua = await LuaPersistent.open({
    wasm,
    store: memoryStore(records),
    interrupt: () => ((most = Math.max(most, lua.getStats().externalTableCount)), false),
  });
  await lua.run("for i = 1, 60000 do Memory.w[i % 2000 + 1] = { i } end");
  assert.ok(most > 2000 && most <= 3 * 2003 + CONSTANT, `${most} tables`);
  await lua.close();
  assert.ok(records.size <= 4005, `${records.size} records`);
});
