// Places of errors: links in messages and tracebacks, the line to mark, and whose they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Runs, lineOf, piecesOf, trimmedTraceback } from "../../web/page/logic/places.mjs";

test("places in a message are apart from its text", () => {
  assert.deepEqual(piecesOf("run 3:12: boom in <run 4:1>"), [
    { text: "run 3:12", run: "run 3", line: 12 },
    { text: ": boom in <" },
    { text: "run 4:1", run: "run 4", line: 1 },
    { text: ">" },
  ]);
  assert.deepEqual(piecesOf("my run 3, prun 1:2: x"), [{ text: "my run 3, prun 1:2: x" }]);
});

const TRACEBACK = [
  "stack traceback:",
  "\t[C]: in function 'error'",
  "\trun 1:2: in local 'f'",
  "\trun 1:3: in local 'f'",
  "\tpage:270: in function <page:267>",
  "\t(...tail calls...)",
  "\t[C]: in ?",
].join("\n");

test("a traceback ends where the page begins", () => {
  const trimmed = trimmedTraceback(TRACEBACK);
  assert.deepEqual(trimmed.split("\n").slice(1), [
    "\t[C]: in function 'error'",
    "\trun 1:2: in local 'f'",
    "\trun 1:3: in main chunk",
  ]);
  assert.equal(trimmedTraceback(""), "");
  assert.equal(trimmedTraceback("stack traceback:\n\tpage:270: in f\n\t[C]: in ?"), "");
});

test("the line of an error is the message's, else that of the innermost function of the run", () => {
  assert.equal(lineOf({ message: "run 12:7: boom" }, "run 12"), 7);
  assert.equal(lineOf({ message: "run 1:7: boom" }, "run 12"), -1);
  assert.equal(lineOf({ message: "table: 0x1", traceback: TRACEBACK }, "run 1"), 2);
  assert.equal(lineOf({ message: "interrupted" }, "run 1"), -1);
});

test("a place is a cell's as long as that has the text which ran", () => {
  const runs = new Runs();
  const codes = new Map([[1, "x = 1"]]);
  const codeOf = cell => codes.get(cell);
  assert.equal(runs.begin(1, "x = 1"), "run 1");
  assert.equal(runs.begin(1, "x = 2"), "run 2");
  assert.equal(runs.cellOf("run 1", codeOf), 1);
  assert.equal(runs.cellOf("run 2", codeOf), undefined);
  codes.set(1, "x = 2");
  assert.equal(runs.cellOf("run 1", codeOf), undefined);
  assert.equal(runs.cellOf("run 2", codeOf), 1);
  assert.equal(runs.cellOf("run 3", codeOf), undefined);
});

test("the last thousand runs are known", () => {
  const runs = new Runs();
  for (let i = 1; i <= 1001; i++) runs.begin(7, "x");
  const codeOf = () => "x";
  assert.deepEqual(
    ["run 1", "run 2", "run 1001"].map(run => runs.cellOf(run, codeOf)),
    [undefined, 7, 7],
  );
});
