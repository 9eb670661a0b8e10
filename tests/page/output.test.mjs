// What is kept of a run's output, and in which pieces.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KEPT, OutputText } from "../../web/page/logic/output.mjs";

const entries = text => Array.from({ length: text.length }, (_, at) => text.entry(at));

/** @param {string[]} pieces as they are printed */
function printed(...pieces) {
  const text = new OutputText();
  for (const piece of pieces) text.add(piece);
  return text;
}

test("lines are put together from pieces, and the last one need not have ended", () => {
  const text = printed("a\nb", "c\n", "\n", "d");
  assert.deepEqual(entries(text), ["a\n", "bc\n", "\n", "d"]);
  assert.equal(String(text), "a\nbc\n\nd");
  assert.equal(text.size, 7);
});

test("a long line is several entries, and one text", () => {
  const line = "x".repeat(100_000);
  const text = printed(line.slice(0, 40_000), `${line.slice(40_000)}\nend`);
  assert.ok(entries(text).every(entry => entry.length <= 2 ** 14));
  assert.equal(String(text), `${line}\nend`);
});

test("of much output both ends are kept, and what is left out is counted", () => {
  const text = new OutputText();
  let length = 0;
  for (let i = 1; i <= 200_000; i++) {
    const line = `line ${i} ${"x".repeat(20)}\n`;
    length += line.length;
    text.add(line);
  }
  const all = String(text);
  assert.match(all, /^line 1 x{20}\nline 2 /);
  assert.match(all, /\nline 200000 x{20}\n$/);
  assert.match(all, /\n\[\.\.\. [\d,]+ characters are left out here \.\.\.\]\nline /);
  assert.ok(all.length <= 2 * KEPT + 200, `${all.length}`);
  assert.equal(text.size + text.cut, length);
  assert.equal(entries(text).join(""), all);
});

test("100,000 short lines are all kept", () => {
  const text = new OutputText();
  for (let i = 0; i < 100_000; i++) text.add("x\n");
  assert.equal(text.length, 100_000);
  assert.equal(text.entry(99_999), "x\n");
});
