// The declarations: what users of the package write compiles, what is marked as wrong does not, and nothing is missing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import * as library from "../../js/dist/index.js";
import { readOpenOptions, readRunOptions } from "../../js/dist/session/options.js";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const tsc = at("../../node_modules/typescript/bin/tsc");
/** A project that has the package installed. */
const PROJECT = at("../../target/types/");
const OPTIONS = { noEmit: true, strict: true, target: "es2022", module: "nodenext", types: [] };

before(() => {
  rmSync(PROJECT, { recursive: true, force: true });
  mkdirSync(`${PROJECT}node_modules`, { recursive: true });
  symlinkSync(at("../../js"), `${PROJECT}node_modules/lua-persistent`);
  for (const name of readdirSync(at(".")).filter(name => /\.[cm]ts$/.test(name))) cpSync(at(name), PROJECT + name);
});

/** @returns {string} what the compiler says of these files */
function compile(name, files, options) {
  const config = `${PROJECT}tsconfig.${name}.json`;
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, files }));
  try {
    return execFileSync(process.execPath, [tsc, "--project", config], { encoding: "utf8" });
  } catch ({ stdout }) {
    return stdout;
  }
}

test("the package is declared as it is used, by import and by require", () => {
  assert.equal(compile("dom", ["module.mts", "required.cts"], { lib: ["es2022", "dom"] }), "");
});

test("it is for users of bundlers, too", () => {
  assert.equal(
    compile("bundler", ["module.mts"], { lib: ["es2022", "dom"], module: "esnext", moduleResolution: "bundler" }),
    "",
  );
});

test("it needs no library but es2022", () => {
  assert.equal(compile("bare", ["bare.mts"], { lib: ["es2022"] }), "");
});

const program = ts.createProgram([at("../../js/dist/index.d.ts"), at("../../js/dist/session/options.d.ts")], {
  ...OPTIONS,
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
});
const checker = program.getTypeChecker();
const exported = new Map(
  checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(at("../../js/dist/index.d.ts"))))
    .map(symbol => [symbol.name, symbol]),
);
const target = name => {
  const symbol = exported.get(name);
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
};

/** @returns {string[]} the sorted names of the members that an exported class or interface has for users */
function declared(name) {
  const members = checker.getDeclaredTypeOfSymbol(target(name)).getProperties();
  return members
    .map(member => member.name)
    .filter(member => !member.startsWith("#") && !member.startsWith("__"))
    .sort();
}

const names = object => Reflect.ownKeys(object).filter(key => typeof key === "string" && key !== "constructor");
/** Of what an object has beside Object's, its classes' included. */
function allNames(object, end = Object.prototype) {
  const found = new Set();
  for (let at = object; at && at !== end; at = Object.getPrototypeOf(at)) for (const name of names(at)) found.add(name);
  return [...found].sort();
}

const { LuaPersistent, LuaTable } = library;

test("the members of LuaPersistent and LuaTable are declared, all of them and no others", () => {
  assert.deepEqual(declared("LuaPersistent"), allNames(LuaPersistent.prototype));
  assert.deepEqual(declared("LuaTable"), allNames(LuaTable.prototype));
});

test("the members of what open and openWorker give are declared, all of them and no others", async () => {
  const lua = await LuaPersistent.open();
  assert.deepEqual(declared("LuaSession"), allNames(lua));
  assert.deepEqual(declared("SessionStatistics"), allNames(lua.getStats()));
  const worker = await LuaPersistent.openWorker();
  await worker.terminate();
  assert.deepEqual(declared("LuaWorker"), allNames(worker));
});

test("the members of a LuaLimitError are declared", () => {
  const error = new library.LuaLimitError("time", "x");
  const own = allNames(error, Error.prototype).filter(name => name !== "stack");
  assert.deepEqual(
    declared("LuaLimitError").filter(name => !["stack", "cause"].includes(name)),
    own,
  );
});

test("the options are declared, all of them and no others", () => {
  const known = read => {
    try {
      read({ "": 1 });
    } catch ({ message }) {
      return message.split(", only ")[1].split(", ").sort();
    }
  };
  assert.deepEqual(known(readRunOptions), declared("RunOptions"));
  assert.deepEqual(known(readOpenOptions), declared("OpenOptions"));
});

test("every class is exported with its type", () => {
  for (const name of Object.keys(library)) assert.ok(exported.has(name), name);
});
