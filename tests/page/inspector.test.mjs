// inspector.lua in the real Lua: how cells run, and how values are described, unfolded, changed and found.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { keyText, sizeOfValue, valueText } from "../../web/page/logic/values.mjs";

const source = readFileSync(new URL("../../web/page/lua/inspector.lua", import.meta.url), "utf8");
const plots = [];
const tables = [];
let lua, inspector;

before(async () => {
  const page = {
    plot: data => void plots.push(data),
    table: rows => void tables.push(rows),
    image: () => {},
    ask: question => `${question}!`,
  };
  lua = await LuaPersistent.open({ host: { page } });
  [inspector] = (await lua.run(source, { name: "page" })).values;
});
after(() => lua.close());

const ask = async (name, ...args) => (await inspector[name].call(...args))[0];
const execute = (code, name = "run 1") => ask("execute", code, name);
const texts = async code => (await execute(code)).map(valueText);
let place = 0;
const fieldsOf = async ({ h }, from = 1, most = 100) => ask("fields", h, ++place, from, most);
const shown = ({ fields }) => fields.map(({ key, value }) => `${keyText(key)} = ${valueText(value)}`);

test("values are written as Lua writes them", async () => {
  assert.deepEqual(await texts(String.raw`return nil, true, 1, 2.0, -0.0, 1e100, 1/0, math.mininteger, 0.1`), [
    ..."nil true 1 2.0 -0.0 1e+100 inf -9223372036854775808 0.1".split(" "),
  ]);
  assert.deepEqual(await texts(String.raw`return "a\n\"ü\0", "\255\1x", ("x"):rep(5000)`), [
    String.raw`"a\n\"ü\0"`,
    String.raw`"\xFF\x01x"`,
    `"${"x".repeat(4000)}"...`,
  ]);
  assert.deepEqual(await texts("return print, function() end, coroutine.create(print), io.stdout"), [
    "function: built in",
    "function: run 1:1",
    "thread: suspended",
    "userdata: FILE*",
  ]);
});

test("an expression is a cell, and so is a script with a first line for the shell", async () => {
  assert.deepEqual(await texts("1 + 1"), ["2"]);
  assert.deepEqual(await texts("\ufeff#!/usr/bin/env lua\nreturn 3"), ["3"]);
  await assert.rejects(execute("#!/x\n\nerror('x')"), { message: "run 1:3: x" });
  assert.deepEqual(await texts("local x = 1"), []);
});

test("tables are the beginning of their constructors", async () => {
  const [list, nested, long, cycle, empty] = await execute(
    "local c = {} c.self = c local l = {} for i = 1, 300 do l[i] = i end return {1, 'x', true}, {a = {b = {c = 1}}, [2] = 1.5, ['a b'] = 0}, l, c, {}",
  );
  assert.equal(valueText(list), '{1, "x", true}');
  assert.match(valueText(nested), /a = \{b = \{\.\.\.\}\}/);
  assert.match(valueText(nested), /\["a b"\] = 0/);
  assert.equal(valueText(long), "{1, 2, 3, 4, 5, 6, 7, 8, 9, ...}");
  assert.equal(sizeOfValue(long), "300 fields");
  assert.equal(valueText(cycle), "{self = {self = {...}}}");
  assert.equal(valueText(empty), "{}");
});

test("the text of a table has its few fields in order, so that it is the same at every visit", async () => {
  const [table] = await execute("return { name = 'Ann', hp = 42, bag = { rope = 1, axe = 2 }, [true] = 0, 7 }");
  assert.equal(valueText(table), '{7, bag = {axe = 2, rope = 1}, hp = 42, name = "Ann", [true] = 0}');
});

test("what is shown can be asked for again, as it is now", async () => {
  const [{ h }] = await execute("shown = { 1 } return shown");
  await execute("shown[2] = 2");
  const [now, gone] = await ask("again", [h, 1e6]);
  assert.equal(valueText(now), "{1, 2}");
  assert.equal(now.h, h);
  assert.equal(gone, false);
});

test("fields come in order and in pieces: numbers, names, the rest", async () => {
  const [table] = await execute(
    "local t = {} for i = 1, 250 do t[i] = i * i end t.b, t.a, t[true], t[0.5] = 1, 2, 3, 4 return t",
  );
  const first = await fieldsOf(table, 1, 3);
  assert.equal(first.total, 254);
  assert.deepEqual(shown(first), ["[0.5] = 4", "[1] = 1", "[2] = 4"]);
  assert.deepEqual(shown(await ask("fields", table.h, place, 251, 10)), [
    "[250] = 62500",
    "a = 2",
    "b = 1",
    "[true] = 3",
  ]);
});

test("Memory is described as it is now, and its tables by what is in them", async () => {
  await execute("Memory.player = { name = 'Ann', hp = 7 } Memory.list = { 1, 2 }");
  const [{ value }] = await ask("roots");
  const { fields } = await fieldsOf(value);
  const player = fields.find(({ key }) => key.t === "player").value;
  assert.ok(player.x > 1);
  assert.equal(sizeOfValue(player), "kept, 2 fields");
  assert.deepEqual(shown(await fieldsOf(player)), ["hp = 7", 'name = "Ann"']);
});

test("fields are changed and deleted in place, by an expression or not at all", async () => {
  await execute("Memory.x, Memory.y = 1, 2");
  const [{ value }] = await ask("roots");
  const { fields } = await fieldsOf(value);
  const at = name => fields.find(({ key }) => key.t === name).i;
  await ask("assign", value.h, place, at("x"), "2 * 21");
  await ask("assign", value.h, place, at("y"));
  assert.deepEqual(await texts("return Memory.x, Memory.y"), ["42", "nil"]);
  await assert.rejects(ask("assign", value.h, place, at("x"), "print)"), /value:1: .* near '\)'/);
  await ask("release", [], [place]);
  await assert.rejects(ask("assign", value.h, place, 1, "1"), { message: "this field is not shown any more" });
});

test("the same table has one number as long as something shows it", async () => {
  const [one, two] = await execute("shared = {} return shared, {shared}");
  const { fields } = await fieldsOf(two);
  assert.equal(fields[0].value.h, one.h);
  await ask("release", [one.h], []);
  assert.deepEqual((await fieldsOf(one)).fields, []);
  await ask("release", [one.h], []);
  await assert.rejects(fieldsOf(one), { message: "this table is not shown any more" });
  await execute("shared = nil");
});

test("named tables and globals of scripts are among what is kept; the libraries are not", async () => {
  await execute("own, ext.table('inventory').sword = 7, 1");
  const roots = await ask("roots");
  assert.deepEqual(
    roots.map(({ name }) => name),
    ["Memory", "inventory", "Globals"],
  );
  assert.ok(shown(await fieldsOf(roots[2].value)).includes("own = 7"));
  assert.ok(!shown(await fieldsOf(roots[2].value)).some(text => /^(print|page|Memory) /.test(text)));
  await execute("own = nil ext.drop('inventory')");
});

test("search finds keys and values at any depth, and ends in cycles", async () => {
  await execute("Memory.deep = { { needle = 1 } } Memory.deep.back = Memory.deep Memory.text = 'a needle here'");
  const found = await ask("search", "needle", 50);
  assert.deepEqual(found.map(({ path }) => path).sort(), ["Memory.deep[1].needle", "Memory.text"]);
  assert.equal((await ask("search", "e", 2)).length, 2);
});

test("names are completed from what is there: globals, libraries, Memory, objects by their classes", async () => {
  await execute("class = { __index = { shout = print } } thing = setmetatable({ size = 1 }, class) Memory.gold = 5");
  const names = async (...path) => (await ask("complete", path, 500)).map(({ name }) => name);
  assert.ok((await names("Memory")).includes("gold"));
  assert.ok((await names("string")).includes("rep"));
  assert.ok((await names()).includes("thing"));
  assert.deepEqual(await names("thing"), ["size", "shout"]);
  assert.deepEqual(await names("nothing", "x"), []);
});

test("a syntax error is found without running anything", async () => {
  assert.equal(await ask("check", "\nx = = 1", "cell"), "cell:2: unexpected symbol near '='");
  assert.equal(await ask("check", "touched = true", "cell"), undefined);
  assert.deepEqual(await texts("return touched"), ["nil"]);
});

test("what scripts do to libraries and metatables does not reach it", async () => {
  await execute(`
    saved = { format = string.format, next = next, load = load }
    string.format, next, load, type = nil, nil, nil, nil
    getmetatable("").__index = nil
    trap = setmetatable({ 1, 2 }, { __index = error, __pairs = error, __len = error, __tostring = error, __eq = error })`);
  const [trap, metatable] = await execute("return trap, 'x'");
  assert.equal(valueText(trap), "{1, 2}");
  assert.equal(valueText(metatable), '"x"');
  const { fields, meta } = await fieldsOf(trap);
  assert.equal(fields.length, 2);
  assert.equal(meta.k, "table");
  assert.deepEqual(await texts("string.format, next, load, type = saved.format, saved.next, saved.load, 1 return 1"), [
    "1",
  ]);
});

test("page.plot gets kept tables as plain ones, and page.ask gives the answer", async () => {
  await execute("Memory.points = { 1, 4, 9 } page.plot(Memory.points) page.plot{ series = { { y = Memory.points } } }");
  assert.deepEqual(plots, [[1, 4, 9], { series: [{ y: [1, 4, 9] }] }]);
  assert.deepEqual(await texts("return page.ask('Name?')"), ['"Name?!"']);
});

test("page.table gets numbers as Lua writes them, and leaves the script's own rows alone", async () => {
  await execute("row = { 35.0, 'x', n = 1 / 3 } page.table{ row } page.table(5)");
  assert.deepEqual(tables[0], [
    new Map([
      [1, "35.0"],
      [2, "x"],
      ["n", "0.33333333333333"],
    ]),
  ]);
  assert.equal(tables[1], 5);
  assert.deepEqual(await texts("return math.type(row[1])"), ['"float"']);
});

test("what only shows something gives no value", async () => {
  assert.deepEqual(await texts("page.plot { 1, 2 }"), []);
  assert.deepEqual(await texts("page.table { {} }"), []);
});

test("who refers to a table is told by path: fields that hold it, and those that have it as their key", async () => {
  await execute(`Memory.town = { name = "Oslo" } Memory.home = { at = Memory.town } Memory.home.self = Memory.home
    ext.table("visits")[Memory.town] = 3`);
  const [town] = await execute("return Memory.town");
  const paths = (await ask("holding", town.h, 50)).map(({ path }) => path);
  assert.deepEqual(paths.sort(), ["Memory.home.at", "Memory.town", 'ext.table("visits")[{...}]']);
  assert.equal((await ask("holding", town.h, 2)).length, 2);
  const [home, other] = await execute("return Memory.home, {}");
  const found = await ask("holding", home.h, 50);
  assert.deepEqual(found.map(({ path }) => path).sort(), ["Memory.home", "Memory.home.self"]);
  assert.deepEqual(await ask("holding", other.h, 50), []);
  await execute('Memory.town, Memory.home = nil ext.drop("visits")');
});

test("completion ends where chains of __index are circles", async () => {
  await execute(
    "circle = setmetatable({}, { __index = {} }) setmetatable(getmetatable(circle).__index, { __index = circle })",
  );
  assert.deepEqual(await ask("complete", ["circle"], 500), []);
});
