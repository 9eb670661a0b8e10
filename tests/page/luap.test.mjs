// A .luap file has everything of a notebook, and is refused with the reason when it is damaged.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { notebookOf } from "../../web/page/logic/notebook.mjs";
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
