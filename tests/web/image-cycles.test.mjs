// Saving and opening images over and over leaves nothing behind. LUA_IMAGE_CYCLES=1000 is the long run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const cycles = process.env.LUA_IMAGE_CYCLES ?? "40";

test(`${cycles} images, each of the Lua that the one before became: all are collected, and none is larger`, () => {
  const script = fileURLToPath(new URL("image-cycles.mjs", import.meta.url));
  const printed = execFileSync(process.execPath, ["--expose-gc", script, cycles], { encoding: "utf8" });
  const { uncollected, early, late, firstImage, lastImage, linearBytes } = JSON.parse(printed);
  assert.equal(uncollected, 0);
  assert.ok(late <= early + 65_536, `${early} bytes after a quarter, ${late} at the end`);
  assert.ok(lastImage < firstImage * 1.2, `${firstImage} bytes at first, ${lastImage} at last`);
  assert.equal(linearBytes, 2 ** 21);
});
