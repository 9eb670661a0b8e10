// order-functions.js: the same functions in another order.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../order-functions.js", import.meta.url));

function ordered(text) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "order-"));
  const file = path.join(folder, "module.wat");
  try {
    writeFileSync(file, text);
    execFileSync(process.execPath, [SCRIPT, file]);
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const part = (name, type, instruction) =>
  ` (func $${name} (param $0 ${type})\n  (${instruction}\n   (local.get $0)\n  )\n  (nop)\n )\n`;

test("a function follows the one that is most like it; all else stays", () => {
  const [a, b, c] = [part("a", "i32", "drop"), part("b", "f64", "call $other"), part("c", "i32", "drop")];
  const [head, tail] = ["(module\n (type $t (func))\n", " ;; custom section\n)\n"];
  assert.equal(ordered(head + a + b + c + tail), head + a + c + b + tail);
});

test("an empty module stays as it is", () => {
  assert.equal(ordered("(module\n)\n"), "(module\n)\n");
});
