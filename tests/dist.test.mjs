// The smaller scripts of dist/ are those of web/: the same interface, the same names, the same answers.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";

const folder = (name) => new URL(`../${name}/`, import.meta.url);

/** Is given the address of a folder's lua-persistent.mjs; prints what that is and does. In a process of its own: it sets globals. */
const PROGRAM = `
const module = await import(process.argv[1]);
const { LuaPersistent, LuaError } = module;
const members = (object) => Object.entries(Object.getOwnPropertyDescriptors(object))
  .map(([name, { value }]) => [name, typeof value, typeof value === "function" ? value.length : 0]);
const classes = Object.entries(module).map(([name, Class]) => [name, Class.name, members(Class), members(Class.prototype)]);
const lua = await LuaPersistent.open({ store: "memory" });
const answers = [];
for (const one of [lua, await LuaPersistent.openWorker(), await LuaPersistent.openImage(await lua.saveImage())]) {
  answers.push(await one.run("Memory.n = (Memory.n or 0) + 1 print('out') return Memory.n, {1, {x = 'y'}}, 2^53"));
  const error = await one.run("\\nerror('no')").catch((thrown) => thrown);
  answers.push([error instanceof LuaError, error.constructor.name, error.line, error.message]);
  await one.close();
}
console.log(JSON.stringify({ classes, answers }));
`;

function outline(name) {
  const address = new URL("lua-persistent.mjs", folder(name)).href;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", PROGRAM, address], { encoding: "utf8" }));
}

test("the classes, and a session, its image and a worker are as in web/", () => {
  const dist = outline("dist");
  assert.ok(dist.classes.length >= 5);
  assert.deepEqual(dist.answers[0], { output: "out\n", values: [1, [1, { x: "y" }], 2 ** 53] });
  assert.deepEqual(dist.answers[1], [true, "LuaError", 2, "run 2:2: no"]);
  assert.deepEqual(dist, outline("web"));
});

test("every file of web/ that a page may ask for is there", () => {
  const files = (name) => readdirSync(folder(name), { recursive: true }).sort();
  assert.deepEqual(files("dist"), files("web"));
});

test("the one package in it keeps its licence", () => {
  assert.match(readFileSync(new URL("idb.mjs", folder("dist")), "utf8"), /ISC License[^]*Jake Archibald/);
});

test("the classic script and its parts are below 12.25 KB of brotli", () => {
  const parts = ["lua-persistent.js", "lua-codec.js", "lua-tables.js", "lua-plain.js", "lua-migrate.js"];
  const sizes = parts.map((name) => brotliCompressSync(readFileSync(new URL(name, folder("dist")))).length);
  assert.ok(sizes.reduce((a, b) => a + b) <= 12_544, `${sizes}`);
});
