// A .luap file has everything of a notebook, and is refused with the reason when it is damaged; names of notebooks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { addressOf, freeName, keptNames, nameIn, titleOf } from "../../web/page/logic/names.mjs";
import { notebookOf } from "../../web/page/logic/notebook.mjs";
import { FakeStorage } from "../stores/fakes.mjs";
import { pageModule } from "./bundled.mjs";

const { packWhole, unpackWhole } = await pageModule("logic/luap.mjs");
const source = readFileSync(new URL("../../web/page/lua/inspector.lua", import.meta.url), "utf8");
const host = { page: { plot: () => {}, table: () => {}, image: () => {}, ask: () => {} } };
const inspectorOf = async lua => (await lua.run(source, { name: "page" })).values[0];

test("cells, Memory and globals come back from the bytes of a file", async () => {
  const lua = await LuaPersistent.open({ host });
  const [inspector, notebook] = [await inspectorOf(lua), notebookOf(["return n", "-- grüße"])];
  await inspector.execute.call("n = 7 Memory.kept = { 1 } function twice(x) return x * 2 end", "run 1");
  const image = await lua.saveImage();
  const bytes = await packWhole({ notebook, memory: lua.createSnapshot(), image, hash: lua.wasmHash });
  const whole = await unpackWhole(bytes, "'a.luap'");
  assert.deepEqual(whole.notebook, notebook);
  assert.deepEqual(whole.memory.tables, lua.createSnapshot().tables);
  assert.equal(whole.hash, lua.wasmHash);
  const other = await LuaPersistent.openImage(whole.image, { host });
  const again = await inspectorOf(other);
  const [[seven, list]] = await again.execute.call("return twice(n) / 2, #Memory.kept", "run 1");
  assert.deepEqual([seven.t, list.t], ["7.0", "1"]);
  // What scripts made global is still told from what was there before them.
  const [roots] = await again.roots.call();
  assert.equal(roots.find(({ isGlobals }) => isGlobals).value.n, 2);
  await Promise.all([lua.close(), other.close()]);
});

test("a file that was cut, changed anywhere, or is something else is refused", async () => {
  const bytes = await packWhole({
    notebook: notebookOf(["x"]),
    memory: { version: 2, tables: [] },
    image: new Uint8Array(50).fill(7),
    hash: "0",
  });
  for (let at = 8; at < bytes.length; at += 3) {
    const changed = bytes.slice();
    changed[at] ^= 1;
    await assert.rejects(unpackWhole(changed, "'a.luap'"), /^Error: 'a\.luap' is damaged/, `byte ${at}`);
  }
  await assert.rejects(unpackWhole(bytes.subarray(0, -1), "'a.luap'"), /'a\.luap' is damaged/);
  await assert.rejects(unpackWhole(new TextEncoder().encode("return 1"), "'b'"), /^Error: 'b' is no \.luap file/);
  const newer = bytes.slice();
  newer[4] = 2;
  await assert.rejects(unpackWhole(newer, "'a.luap'"), /written by a newer page \(version 2\)/);
});

test("an address names a notebook, and no name reaches into the keys of another", () => {
  assert.equal(nameIn(""), "page");
  assert.equal(nameIn("?notebook=My%20maps"), "My maps");
  assert.equal(nameIn("?notebook=a/b%00c"), "a b c");
  assert.equal(nameIn("?notebook=%20/"), "page");
  assert.equal(nameIn(`?notebook=${"x".repeat(500)}`).length, 80);
  assert.equal(nameIn(new URL(addressOf("a&b=c #1"), "http://x/").search), "a&b=c #1");
  assert.equal(addressOf("page"), "./");
});

test("a copy has a name that is free", () => {
  assert.equal(freeName("Copy", []), "Copy");
  assert.equal(freeName("Copy", ["Copy"]), "Copy 2");
  assert.equal(freeName("Copy 2", ["Copy", "Copy 2", "Copy 3"]), "Copy 4");
  assert.equal(freeName(" / ", []), "Notebook");
  assert.equal(titleOf("page"), "Your first notebook");
});

test("the notebooks whose texts are kept are found by their keys", () => {
  const storage = new FakeStorage();
  for (const key of ["lua_page/page", "lua_page/Copy 2", "lua_page_earlier/page/1", "lua_page_theme", "other"])
    storage.setItem(key, "x");
  assert.deepEqual(keptNames(storage).sort(), ["Copy 2", "page"]);
});
