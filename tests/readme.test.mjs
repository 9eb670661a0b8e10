// The README's program runs as it stands and prints what the README says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${root}/README.md`, "utf8");

/** @returns {string} the first fenced block of a language */
const block = (language) => readme.match(new RegExp("```" + language + "\n([\\s\\S]*?)```"))[1];

test("the README's program prints what the README says", () => {
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", block("js")], { cwd: root, encoding: "utf8" });
  assert.equal(printed, block("text"));
});

test("the README states the recorded sizes and limits", () => {
  const { limit, goal, recorded } = JSON.parse(readFileSync(`${root}/wasm-budget.json`, "utf8"));
  for (const bytes of [limit.raw, limit.brotli, goal.brotli, recorded.raw, recorded.gzip, recorded.brotli]) {
    assert.ok(readme.includes(bytes.toLocaleString("en-US")), `${bytes} is in the README`);
  }
});
