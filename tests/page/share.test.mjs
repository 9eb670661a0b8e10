// Notebooks in links and files: the same when they come back, and refused with the reason when they are damaged.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { cellsOfFile, luaFile } from "../../web/page/logic/lua-file.mjs";
import { notebookOf } from "../../web/page/logic/notebook.mjs";
import { fragmentOf, readFragment } from "../../web/page/logic/share.mjs";

const EXAMPLES = new URL("../../examples/page/", import.meta.url);
const source = readFileSync(new URL("../../web/page/lua/inspector.lua", import.meta.url), "utf8");

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

/** What the cells of an example are expected to fail with, or to wait for. */
const ENDS = { "hostile.lua": [/^$/, /instruction limit/, /^$/, /cannot store a function/] };

for (const name of readdirSync(EXAMPLES)) {
  test(`the cells of examples/page/${name} run, and its first line says why`, async () => {
    const [first, ...codes] = cellsOfFile(readFileSync(new URL(name, EXAMPLES), "utf8"));
    assert.match(first, /^-- [^:]+: .+\.$/);
    assert.ok(codes.length >= 2);
    const answers = ["north", "take", "quit"];
    const page = { plot: () => {}, table: () => {}, image: () => {}, ask: () => answers.shift() };
    const lua = await LuaPersistent.open({ host: { page }, instructionLimit: 20_000_000 });
    const [{ execute }] = (await lua.run(source, { name: "page" })).values;
    for (const [i, code] of codes.entries()) {
      const problem = await execute.call(code, "cell").then(
        () => "",
        error => error.message,
      );
      assert.match(problem, ENDS[name]?.[i] ?? /^$/, `cell ${i + 1}: ${problem}`);
    }
    await lua.close();
  });
}
