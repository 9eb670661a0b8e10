// The drop-in scripts of web/ are the package of js/dist/: the same interface, the same names, the same answers.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";

const address = path => new URL(`../${path}`, import.meta.url);

/** Is given the address of a module; prints what that is and does. In a process of its own: scripts set globals. */
const PROGRAM = `
const module = await import(process.argv[1]);
const { LuaPersistent, LuaError } = module;
const members = (object) => Object.entries(Object.getOwnPropertyDescriptors(object))
  .map(([name, { value }]) => [name, typeof value])
  .sort();
const classes = Object.entries(module).map(([name, Class]) => [name, Class.name, members(Class), members(Class.prototype)]).sort();
const lua = await LuaPersistent.open({ store: "memory" });
const answers = [];
for (const one of [lua, await LuaPersistent.openWorker(), await LuaPersistent.openImage(await lua.saveImage())]) {
  answers.push(await one.run("Memory.n = (Memory.n or 0) + 1 print('out') return Memory.n, {1, {x = 'y'}}, 2^53"));
  const error = await one.run("\\nerror('no')").catch((thrown) => thrown);
  answers.push([error instanceof LuaError, error.constructor.name, error.line, error.message]);
  await one.close();
}
const bad = await LuaPersistent.open({ store: "indexedDB" }).catch((error) => [error instanceof module.StoreError, error.message]);
console.log(JSON.stringify({ classes, answers, bad }));
`;

function outline(path) {
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", PROGRAM, address(path).href], { encoding: "utf8" }),
  );
}

test("the classes, and a session, its image and a worker are as in the package", () => {
  const dropIn = outline("web/lua-persistent.mjs");
  assert.ok(dropIn.classes.length >= 5);
  assert.deepEqual(dropIn.answers[0], { output: "out\n", values: [1, [1, { x: "y" }], 2 ** 53] });
  assert.deepEqual(dropIn.answers[1], [true, "LuaError", 2, "run 2:2: no"]);
  assert.equal(dropIn.bad[0], true);
  assert.deepEqual(dropIn, outline("js/dist/index.js"));
});

test("the one package in them keeps its licence", () => {
  for (const path of ["web/lua-open.mjs", "js/dist/stores/idb.js"]) {
    assert.match(readFileSync(address(path), "utf8"), /ISC License[^]*Jake Archibald/, path);
  }
});

test("the classic script is at most 13,400 bytes of brotli", () => {
  const size = brotliCompressSync(readFileSync(address("web/lua-persistent.js"))).length;
  assert.ok(size <= 13_400, `${size}`);
});

test("no line of a drop-in script is so long that an uncaught error shows kilobytes", () => {
  for (const name of ["lua-persistent.js", "lua-open.mjs", "lua-worker.mjs"]) {
    const longest = readFileSync(address(`web/${name}`), "utf8")
      .split("\n")
      .reduce((most, { length }) => Math.max(most, length), 0);
    assert.ok(longest < 800, `${name}: ${longest}`);
  }
});
