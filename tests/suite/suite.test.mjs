// The official Lua 5.4 test suite on the built module.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { suiteFolder } from "./download.mjs";
import { LEFT_OUT, SKIPS } from "./skips.mjs";
import { filesOf, filesToRun, runFile } from "./suite.mjs";

const folder = suiteFolder();
const files = filesToRun(folder);
let passed = 0;

for (const name of files) {
  test(`${name} passes`, () => {
    const { ok, text } = runFile(folder, name);
    assert.ok(ok, text.slice(-2000));
    passed++;
  });
}

for (const skip of SKIPS) {
  test(`${skip.file} fails without the skip of ${JSON.stringify(skip.from.trim())}`, () => {
    const others = SKIPS.filter(other => other !== skip);
    assert.equal(runFile(folder, skip.file, others).ok, false, "the skip is not needed");
  });
}

test("every skip and every file left out is in the suite, with a reason", () => {
  const known = filesOf(folder);
  for (const [name, reason] of [...Object.entries(LEFT_OUT), ...SKIPS.map(({ file, reason }) => [file, reason])]) {
    assert.ok(known.includes(name), `the suite has no file ${name}`);
    assert.ok(reason, `no reason is given for ${name}`);
  }
});

after(() => {
  const left = Object.keys(LEFT_OUT).length;
  console.log(
    `Lua test suite: ${passed} of ${files.length} files pass, with ${SKIPS.length} skips in them; ${left} left out`,
  );
});
