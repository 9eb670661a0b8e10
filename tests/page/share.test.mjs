// Notebooks in links and files: the same when they come back, and refused with the reason when they are damaged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOfFile, luaFile } from "../../web/page/logic/lua-file.mjs";
import { notebookOf } from "../../web/page/logic/notebook.mjs";
import { fragmentOf, readFragment } from "../../web/page/logic/share.mjs";

test("a notebook in a link is the same notebook, with Memory if that was wanted", async () => {
  const notebook = notebookOf(["print('grüße 🌙')\n", "", "return 1"]);
  const fragment = await fragmentOf(notebook);
  assert.match(fragment, /^#n=[\w-]+$/);
  const found = await readFragment(fragment);
  assert.deepEqual(found.notebook, notebook);
  assert.equal(found.memory, undefined);
  assert.match(found.name, /^shared-[0-9a-f]{16}$/);
  assert.equal((await readFragment(fragment)).name, found.name);
  const other = await readFragment(await fragmentOf(notebook, { version: 2, tables: [] }));
  assert.deepEqual(other.memory, { version: 2, tables: [] });
  assert.notEqual(other.name, found.name);
});

test("a link that was cut, changed, or unfolds to too much is refused", async () => {
  const fragment = await fragmentOf(notebookOf(["x".repeat(1000) + Math.PI]));
  for (const bad of [fragment.slice(0, -4), "#n=%%%", "#n=", `#n=${btoa("nonsense")}`])
    await assert.rejects(readFragment(bad), /the notebook in this link cannot be read: /);
  const huge = await fragmentOf(notebookOf(["x".repeat(5 * 2 ** 20)]));
  assert.ok(huge.length < 20_000);
  await assert.rejects(readFragment(huge), /it is too large/);
});

test("a file of Lua has all cells, and gives them back", () => {
  const codes = ["a = 1\n", "-- two\nreturn a", "b"];
  assert.equal(luaFile(codes), "a = 1\n-- %%\n-- two\nreturn a\n-- %%\nb\n");
  assert.deepEqual(cellsOfFile(luaFile(codes)), ["a = 1", "-- two\nreturn a", "b"]);
  assert.deepEqual(cellsOfFile("\ufeffx = 1\r\n--%% second\r\ny = 2\r\n"), ["x = 1", "y = 2"]);
  assert.deepEqual(cellsOfFile(""), [""]);
});
