// The README's programs run as they stand and print what the README says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${root}/README.md`, "utf8");

/** Every fenced block, in their order. */
const blocks = Array.from(readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm), ([, language, text]) => ({ language, text }));

blocks.forEach(({ language, text }, place) => {
  if (language !== "js") return;
  test(`the README's program in block ${place + 1} prints what the block after it says`, () => {
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", text], { cwd: root, encoding: "utf8" });
    assert.deepEqual({ language: "text", text: printed }, blocks[place + 1]);
  });
});

test("there are programs in the README", () => {
  assert.ok(blocks.filter(({ language }) => language === "js").length >= 3);
});

test("the README states the recorded sizes and limits", () => {
  const { limit, goal, recorded } = JSON.parse(readFileSync(`${root}/wasm-budget.json`, "utf8"));
  for (const bytes of [limit.raw, limit.brotli, goal.brotli, recorded.raw, recorded.gzip, recorded.brotli]) {
    assert.ok(readme.includes(bytes.toLocaleString("en-US")), `${bytes} is in the README`);
  }
});
