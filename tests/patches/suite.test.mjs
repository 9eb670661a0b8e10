// The files of the official suite that the patches could break, natively, with assertions and a safepoint nearly everywhere.
import assert from "node:assert/strict";
import test from "node:test";
import { suiteFolder } from "../suite/download.mjs";
import { patched, runNative } from "./native.mjs";

const FILES = [
  "coroutine",
  "errors",
  "events",
  "locals",
  "calls",
  "gc",
  "cstack",
  "db",
  "closure",
  "nextvar",
  "goto",
  "vararg",
  "pm",
  "sort",
  "strings",
];

/** `require` finds no files. Runs a file above 300 stack slots: gc.lua compares memory at two times, and between them a stack that starts small may double. */
const driver = name => `_soft, _port, _nomsg, arg = true, true, true, {}
  package.preload.tracegc = loadfile("tracegc.lua")
  local function run(...) assert(loadfile("${name}.lua"))("${name}") end
  run(table.unpack({}, 1, 300))`;

const folder = suiteFolder();
const program = patched();

for (const name of FILES) {
  test(`${name}.lua passes natively with the patches`, () => {
    const { ok, text } = runNative(program, driver(name), ["short slices"], folder);
    assert.ok(ok, text.slice(-2000));
  });
}
