// Every recursion ends in a Lua error in a page and in a worker, with a quarter of the engine's stack in use before. The notes
// are the parts of the stack that are left when nothing is.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { deepData, message, programs } from "/tests/abi/depth-programs.mjs";
import * as page from "./depth-run.mjs";

let worker;

const answer = () =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = event => reject(new Error(event.message || "the worker could not be loaded"));
  });

function ask(what, name) {
  worker.postMessage([what, name]);
  return answer();
}

before(() => {
  worker = new Worker("/tests/engines/browser/depth-run.mjs", { type: "module" });
  return answer();
});

const THREADS = {
  "a page": page,
  "a worker": { endOf: name => ask("endOf", name), leftBy: name => ask("leftBy", name) },
};

for (const [where, { endOf, leftBy }] of Object.entries(THREADS)) {
  for (const name of Object.keys({ ...programs, ...deepData })) {
    test(`${name}: its end in ${where} whose stack is a quarter used`, async t => {
      assert.match(await endOf(name), programs[name] ? message : /^done$/);
      const left = await leftBy(name);
      t.diagnostic(`${where} ${Math.round(100 * left)}`);
      assert.ok(left > 0.25, `only ${Math.round(100 * left)} % of the engine's stack are left`);
    });
  }
}
