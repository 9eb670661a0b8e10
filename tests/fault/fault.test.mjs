// Fault injection on the shipped module: some k of each program, or every one with TEST_LONG=1.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as allocations from "./allocations.mjs";
import * as hostCalls from "./host-calls.mjs";

const LONG = Boolean(process.env.TEST_LONG);
const total = { allocations: 0, answers: 0 };

for (const [name, inject] of allocations.targets()) {
  test(`whichever allocation fails, it is an error and nothing is lost: ${name}`, () => {
    const { tried, errors } = inject(LONG ? Infinity : 4);
    assert.ok(tried > 0, "it allocates");
    assert.ok(errors > 0 || name === "run_gc", "some failures are seen");
    total.allocations += tried;
  });
}

for (const [name, inject] of hostCalls.targets()) {
  test(`whichever call the host refuses or answers with nonsense, nothing breaks: ${name}`, () => {
    total.answers += inject(LONG ? Infinity : 1).tried;
  });
}

after(() =>
  console.log(`fault injection: ${total.allocations} failing allocations, ${total.answers} wrong answers of the host`),
);
