// The declarations: what users write compiles, what is marked as wrong does not, and nothing is missing or made up.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import * as library from "../../js/dist/index.js";
import { readOpenOptions, readRunOptions } from "../../js/dist/session/options.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

test("the ES module and the classic script are declared as they are used", () => {
  let said = "";
  try {
    said = execFileSync(process.execPath, [tsc, "--project", here], { encoding: "utf8" });
  } catch ({ stdout }) {
    said = stdout;
  }
  assert.equal(said, "");
});

const { LuaPersistent, LuaTable } = library;
const path = fileURLToPath(new URL("../../web/lua-persistent.d.ts", import.meta.url));
const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
const isStatic = (member) => (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) !== 0;

/** @returns {string[]} the sorted names of the members of a declared class or interface */
function declared(name, wantsStatic = false) {
  const node = source.statements.find((statement) => statement.name?.text === name);
  const members = node.members.filter((member) => member.name && isStatic(member) === wantsStatic);
  return [...new Set(members.map((member) => member.name.getText(source)))].sort();
}

const names = (object, ...hidden) => Reflect.ownKeys(object).map((key) => (typeof key === "symbol" ? `[${key.description}]` : key)).filter((name) => !hidden.includes(name)).sort();

test("the members of LuaPersistent and LuaTable are declared, all of them and no others", () => {
  assert.deepEqual(declared("LuaPersistent"), names(LuaPersistent.prototype, "constructor"));
  assert.deepEqual(declared("LuaPersistent", true), names(LuaPersistent, "length", "name", "prototype", "parts"));
  assert.deepEqual(declared("LuaTable"), names(LuaTable.prototype, "constructor", "[nodejs.util.inspect.custom]"));
});

test("the members of what open gives are declared, all of them and no others", async () => {
  const lua = await LuaPersistent.open();
  const old = declared("LuaPersistent");
  const own = names(Object.getPrototypeOf(lua), "constructor").filter((name) => !old.includes(name) || ["eval", "getStats", "runGc"].includes(name));
  assert.deepEqual(declared("LuaSession"), own);
  assert.deepEqual([...declared("Statistics"), ...declared("SessionStatistics")].sort(), names(lua.getStats()));
});

test("the members of what openWorker gives are declared, all of them and no others", async () => {
  const worker = await LuaPersistent.openWorker();
  const found = [...names(Object.getPrototypeOf(worker), "constructor"), ...names(worker)].sort();
  await worker.terminate();
  assert.deepEqual(declared("LuaWorker"), found);
});

test("the members of a LuaError are declared", () => {
  const error = new library.LuaLimitError("time", "x");
  const inherited = ["stack", "message"];
  assert.deepEqual([...declared("LuaError"), ...declared("LuaLimitError")].sort(), names(error, ...inherited));
});

test("the options are declared, all of them and no others", () => {
  const known = (read) => {
    try {
      read({ "": 1 });
    } catch ({ message }) {
      return message.split(", only ")[1].split(", ").sort();
    }
  };
  const runOptions = declared("RunOptions");
  assert.deepEqual(known(readRunOptions), runOptions);
  const shared = runOptions.filter((name) => name !== "name");
  assert.deepEqual(known(readOpenOptions), [...declared("OpenOptions"), ...declared("StoreOptions"), ...shared].sort());
});

test("every exported class is one in the declarations", () => {
  const classes = source.statements.filter(ts.isClassDeclaration).map((node) => node.name.text);
  assert.deepEqual([...classes, "StoreError"].sort(), names(library, "[Symbol.toStringTag]"));
});
