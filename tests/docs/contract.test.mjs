// docs/abi.md is the contract: a copy of the text that all implementations share, and the sections that files cite.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SHARED = fileURLToPath(new URL("../../../shared/abi.md", import.meta.url));
const contract = readFileSync(`${root}/docs/abi.md`, "utf8");

test(
  "docs/abi.md is the shared contract, byte for byte",
  { skip: !existsSync(SHARED) && "../shared/abi.md is not on this machine" },
  () => assert.equal(contract, readFileSync(SHARED, "utf8")),
);

test("every section of the contract that a file cites is there", () => {
  const sections = new Set(Array.from(contract.matchAll(/^## (\d+)\. /gm), ([, number]) => number));
  const files = execFileSync("git", ["grep", "-l", "abi\\.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  for (const file of files) {
    const text = readFileSync(`${root}/${file}`, "utf8");
    for (const [citation, folder, numbers = ""] of text.matchAll(/\b(docs\/)?abi\.md(?: sections? ([\d, and]*\d))?/g)) {
      assert.ok(folder || !/^(src|js|lua|validate)\//.test(file), `${file} cites ${citation}, which is in docs/`);
      for (const [number] of numbers.matchAll(/\d+/g)) assert.ok(sections.has(number), `${file}: ${citation}`);
    }
  }
});
