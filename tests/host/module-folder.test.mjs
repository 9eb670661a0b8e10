// moduleFolder of lua-persistent/node: modules in files.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { moduleFolder } from "../../js/dist/node.js";
import { open, rejection, values } from "./opened.mjs";

function folder(t) {
  const made = mkdtempSync(path.join(tmpdir(), "lua-modules-"));
  t.after(() => rmSync(made, { recursive: true }));
  const root = path.join(made, "modules");
  mkdirSync(path.join(root, "game", "npc"), { recursive: true });
  writeFileSync(path.join(made, "outside.lua"), "return 'outside'");
  writeFileSync(path.join(root, "shout.lua"), "#!lua\nreturn function(s) return s:upper() .. '!' end");
  writeFileSync(path.join(root, "game", "rules.lua"), "return { shout = require 'shout' }");
  writeFileSync(path.join(root, "game", "npc", "init.lua"), "return 'npc'");
  symlinkSync(path.join(made, "outside.lua"), path.join(root, "link.lua"));
  return root;
}

test("require finds files, by dots, and init.lua", async t => {
  const lua = await open(t, {}, { modules: moduleFolder(folder(t)) });
  assert.deepEqual(await values(lua, "return require('game.rules').shout('hi'), (require('game.npc'))"), [
    "HI!",
    "npc",
  ]);
});

test("nothing outside of the folder is found", async t => {
  const lua = await open(t, {}, { modules: moduleFolder(folder(t)) });
  for (const name of ["../outside", "..outside", "/etc/passwd", "link", "a\\b", "shout.lua/x", ""])
    assert.match((await rejection(lua.run("require(...)", { args: [name] }))).message, /no module '.*' of the host/);
});

test("a folder that is not there is an error that says so", async t => {
  const lua = await open(t, {}, { modules: moduleFolder("/no/such/folder") });
  assert.match((await rejection(lua.run("require('a')"))).message, /host\.module: ENOENT.*\/no\/such\/folder/);
  assert.throws(() => moduleFolder(5), { message: "moduleFolder takes the path of a folder, not number" });
});
