// Values of Lua as short text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readPlot } from "../../web/page/logic/plot.mjs";
import { textOf } from "../../web/page/logic/text.mjs";

/** A table that is in another one twice, and so on. */
function folded(levels) {
  let value = ["x"];
  for (let i = 0; i < levels; i++) value = [value, value];
  return value;
}

test("tables have their fields, also bytes, large integers and a field named text", () => {
  assert.equal(textOf({ a: [1, 2n ** 60n] }), '{"a":[1,"1152921504606846976"]}');
  assert.equal(textOf({ text: ["x"] }), '{"text":["x"]}');
  assert.equal(textOf({ text: "function: 0x1" }), "function: 0x1");
  assert.equal(textOf(Uint8Array.of(1, 2)), "2 bytes");
  assert.deepEqual([undefined, null, 2.5, true].map(textOf), ["", "", "2.5", "true"]);
});

test("a table that is in another one many times over has a short text, wherever it is given", () => {
  const value = folded(100);
  assert.ok(textOf(value).length < 10_000);
  assert.ok(readPlot({ y: [1], title: value, name: value }).title.length < 10_000);
  assert.throws(() => readPlot({ y: [1], kind: value }), /kind is "\[/);
});

test("page.plot draws at most 100 series", () => {
  const series = Array.from({ length: 101 }, () => ({ y: [1] }));
  assert.throws(() => readPlot({ series }), /at most 100 series/);
  assert.equal(readPlot({ series: series.slice(1) }).series.length, 100);
});
