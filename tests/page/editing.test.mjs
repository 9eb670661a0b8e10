// What the editor knows of Lua's text: the name before the cursor, names at the pointer, signatures; and what plots are of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameBefore, wordAt } from "../../web/page/editor/completions.mjs";
import { describe, libraryFields } from "../../web/page/logic/library.mjs";
import { rangeOf, readPlot, ticksOf } from "../../web/page/logic/plot.mjs";
import { LuaPersistent } from "../../js/dist/index.js";

const names = before => {
  const found = nameBefore(before);
  return found && [...found.path, found.begun].join(found.isMethod ? ":" : ".");
};

test("the name before the cursor is found, with the tables that it is in", () => {
  assert.equal(names("x = Memory.pl"), "Memory.pl");
  assert.equal(names("return string."), "string.");
  assert.equal(names("text:"), "text:");
  assert.equal(names("a .. b"), "b");
  assert.equal(names("a..b"), "b");
  assert.equal(names(""), "");
  assert.equal(names("f().x"), null);
  assert.equal(names("t[1].x"), null);
  assert.equal(names("-- a comment with wor"), null);
  assert.equal(names("x = 1."), null);
});

test("the dotted name at the pointer is found", () => {
  const line = { from: 10, text: "x = string.rep(y)" };
  assert.deepEqual(wordAt(line, 20), { from: 14, to: 24, text: "string.rep" });
  assert.equal(wordAt(line, 13), null);
});

test("every function of the libraries has a signature and a sentence", async () => {
  const lua = await LuaPersistent.open();
  const code = `local found = {}
    for _, name in ipairs { "string", "table", "math", "coroutine", "utf8", "ext" } do
      for key in pairs(_G[name]) do found[#found + 1] = name .. "." .. key end
    end
    for key, value in pairs(_G) do if type(value) == "function" then found[#found + 1] = key end end
    return found`;
  const { values } = await lua.run(code);
  await lua.close();
  const unknown = values[0].filter(name => !describe(name));
  // Left over from earlier versions of Lua, or without files of no use.
  const OLD = /^math\.(cosh|sinh|tanh|atan2|pow|frexp|ldexp|log10)$|^(dofile|loadfile|_home|__\w+)$/;
  assert.deepEqual(
    unknown.filter(name => !OLD.test(name)),
    [],
  );
  assert.equal(describe("string.rep").signature, "string.rep(s, n [, sep])");
  assert.ok(libraryFields(["string"]).some(({ name }) => name === "gsub"));
  assert.ok(libraryFields([]).some(({ name, kind }) => name === "math" && kind === "table"));
});

test("a plot is of numbers, of series, or a grid; what it is not is said", () => {
  assert.deepEqual(readPlot([1, 4]).series[0].points, [
    [1, 1],
    [2, 4],
  ]);
  assert.equal(readPlot({ y: [1], x: [5], kind: "bars", title: "T" }).title, "T");
  assert.equal(readPlot({ series: [{ y: [1] }, { y: [2], name: "b" }] }).series[1].name, "b");
  assert.deepEqual(
    readPlot({
      grid: [
        [0, true],
        [1, 2n],
      ],
    }).grid,
    [
      [0, 1],
      [1, 2],
    ],
  );
  assert.throws(() => readPlot("x"), /takes a list of numbers, or a table/);
  assert.throws(() => readPlot(["x"]), /the list must be of numbers/);
  assert.throws(() => readPlot({}), /y must be a list of numbers/);
  assert.throws(() => readPlot({ y: [1], x: [1, 2] }), /x has 2 numbers, and y 1/);
  assert.throws(() => readPlot({ y: [1], kind: "pie" }), /kind is "pie", and can be line, bars, points/);
  assert.throws(() => readPlot({ grid: [["x"]] }), /grid must be a list of rows/);
});

test("ranges are never empty, and ticks are round numbers in them", () => {
  assert.deepEqual(rangeOf([3, 1, NaN, Infinity]), [1, 3]);
  assert.deepEqual(rangeOf([2]), [1.5, 2.5]);
  assert.deepEqual(rangeOf([]), [0, 1]);
  assert.deepEqual(ticksOf([0, 1]), [0, 0.5, 1]);
  assert.deepEqual(ticksOf([-7, 95]), [0, 50]);
});
