// The option modules: what require finds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { after, open, rejection, values } from "./opened.mjs";

test("modules by name", async t => {
  const lua = await open(t, {}, { modules: { inspect: "return function(x) return '<' .. x .. '>' end" } });
  assert.deepEqual(await values(lua, "return require('inspect')('a'), require('inspect') == require('inspect')"), [
    "<a>",
    true,
  ]);
});

test("eval can require them", async t => {
  const lua = await open(t, {}, { modules: { m: "return 5" } });
  assert.equal(lua.eval("return (require 'm')"), "5");
});

test("a function gives modules, at once or later", async t => {
  const modules = name => (name === "now" ? "return 1" : name === "later" ? after(1, "return 2") : null);
  const lua = await open(t, {}, { modules });
  assert.deepEqual(await values(lua, "return require('now'), (require('later'))"), [1, 2]);
});

test("a module that is not there is an error that says where it was looked for", async t => {
  const lua = await open(t, {}, { modules: { a: "" } });
  for (const name of ["b", "toString", "__proto__"]) {
    assert.match(
      (await rejection(lua.run(`require("${name}")`))).message,
      new RegExp(
        `module '${name}' not found:\n\tno field package.preload\\['${name}'\\]\n\tno module '${name}' of the host`,
      ),
    );
  }
});

test("its chunk has its name", async t => {
  const lua = await open(t, {}, { modules: { "a.b": "\nerror('x')", bad: "x =" } });
  assert.match((await rejection(lua.run("require('a.b')"))).message, /^a\.b:2: x/);
  assert.match(
    (await rejection(lua.run("require('bad')"))).message,
    /error loading module 'bad':\n\tbad:1: unexpected symbol/,
  );
});

test("modules are like files: a byte order mark and a first line with # are skipped", async t => {
  const bytes = new TextEncoder().encode("\ufeff#!lua\nreturn 3, debug.getinfo(1, 'l').currentline");
  const lua = await open(
    t,
    {},
    {
      modules: {
        text: "\ufeff#!lua\nreturn debug.getinfo(1, 'l').currentline",
        bytes,
        all: new TextEncoder().encode("#only"),
      },
    },
  );
  assert.deepEqual(await values(lua, "return require('text'), (require('bytes')), (require('all'))"), [2, 3, true]);
});

test("what is no source, and what fails, are errors that name the module's function", async t => {
  const lua = await open(t, {}, { modules: name => (name === "five" ? 5 : Promise.reject(new Error("offline"))) });
  assert.match(
    (await rejection(lua.run("require('five')"))).message,
    /host\.module: the source of module 'five' is number, and must be a string or a Uint8Array/,
  );
  const error = await rejection(lua.run("require('other')"));
  assert.match(error.message, /host\.module: offline/);
});

test("modules are checked", async () => {
  await assert.rejects(LuaPersistent.open({ modules: 5 }), {
    message: "open: modules is 5, and must be an object with sources, or a function",
  });
  await assert.rejects(LuaPersistent.open({ modules: {}, host: { module() {} } }), {
    message: /host\.module is always there/,
  });
});
