// How much the page loads before it can be used.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";

const LIMIT = 150_000;
const read = name => readFileSync(new URL(`../../web/${name}`, import.meta.url));

/** @returns {Set<string>} a script, and what it imports before it runs */
function withImports(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, other] of String(read(name)).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) withImports(other, found);
  return found;
}

test("everything up to the first run is under 150 KB compressed; the better editor comes later", () => {
  const first = ["page.mjs", "page-worker.mjs"];
  const scripts = new Set(first.flatMap(name => [...withImports(name)]));
  assert.ok([...scripts].every(name => !name.startsWith("page-code")));
  const files = ["index.html", "page.css", "page-dark.css", "icon.svg", "page.webmanifest", "lua.wasm", ...scripts];
  const sizes = files.map(name => brotliCompressSync(read(name)).length);
  const sum = sizes.reduce((all, size) => all + size);
  assert.ok(sum < LIMIT, `${sum} bytes: ${files.map((name, i) => `${name} ${sizes[i]}`).join(", ")}`);
});
