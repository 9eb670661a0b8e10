// Nothing leaks, in a short form: `node --expose-gc tests/host/leak.mjs 100000` and `… 100000 worker` are the long ones.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("leak.mjs", import.meta.url));
for (const where of ["page", "worker"]) {
  test(`waits, callbacks, functions and tasks leave the memory of the first thousand, in a ${where}`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", script, "10000", where], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout + stderr);
  });
}
