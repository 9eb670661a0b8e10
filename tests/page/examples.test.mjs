// The examples of the page, in the real Lua.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { cellsOfFile } from "../../web/page/logic/lua-file.mjs";

const EXAMPLES = new URL("../../examples/page/", import.meta.url);
const source = readFileSync(new URL("../../web/page/lua/inspector.lua", import.meta.url), "utf8");

/** What the cells of an example are expected to fail with, or to wait for. */
const ENDS = { "hostile.lua": [/^$/, /instruction limit/, /^$/, /not enough memory/, /cannot store a function/] };

for (const name of readdirSync(EXAMPLES)) {
  test(`the cells of examples/page/${name} run, and its first line says why`, async () => {
    const [first, ...codes] = cellsOfFile(readFileSync(new URL(name, EXAMPLES), "utf8"));
    assert.match(first, /^-- [^:]+: .+\.$/);
    assert.ok(codes.length >= 2);
    const answers = ["north", "take", "quit"];
    const page = { plot: () => {}, table: () => {}, image: () => {}, ask: () => answers.shift() };
    const lua = await LuaPersistent.open({ host: { page }, instructionLimit: 20_000_000, memoryLimit: 2 ** 24 });
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
