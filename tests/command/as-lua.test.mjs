// The command against `lua`: the same output, errors and exit codes. What lua gives is in lua.json, and where lua 5.4 is
// installed, that is compared with it again. `node tests/command/as-lua.test.mjs --bless` writes the file.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { CASES } from "./cases.mjs";
import { folderWith, run } from "./ran.mjs";

const GOLDEN = new URL("lua.json", import.meta.url);
const LUA = ["lua5.4", "lua"].find(name =>
  /^Lua 5\.4/.test(spawnSync(name, ["-v"], { encoding: "utf8" }).stdout ?? ""),
);

/** The name of the program is no difference, nor is a place in memory. */
function outcome(folder, { words, input, env, most = Infinity }, program) {
  const { stdout, stderr, status } = run(folder, words, { input, env, program, encoding: "latin1" });
  const errors = stderr.replaceAll(/^(lua-persistent|lua5\.4|lua): /gm, "lua: ").split("\n");
  return { stdout, stderr: errors.slice(0, most).join("\n"), status };
}

async function bless() {
  const golden = {};
  for (const [name, each] of Object.entries(CASES)) {
    const ends = [];
    golden[name] = outcome(folderWith({ after: end => ends.push(end) }, each.files), each, [LUA]);
    ends.forEach(end => end());
  }
  writeFileSync(GOLDEN, `${JSON.stringify(golden, null, 2)}\n`);
}

if (process.argv.includes("--bless")) await bless();
else {
  const golden = JSON.parse(readFileSync(GOLDEN, "utf8"));

  for (const [name, each] of Object.entries(CASES)) {
    test(`as lua: ${name}`, t => assert.deepEqual(outcome(folderWith(t, each.files), each), golden[name]));
  }

  test("lua gives what is compared with", { skip: !LUA && "lua 5.4 is not installed" }, t => {
    for (const [name, each] of Object.entries(CASES)) {
      assert.deepEqual(outcome(folderWith(t, each.files), each, [LUA]), golden[name], name);
    }
  });
}
