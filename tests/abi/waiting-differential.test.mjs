// Random programs that wait end as they do where the function answers at once. `WAITING_PROGRAMS=100000` runs more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LATER, hosting, results } from "./functions.mjs";
import { Random } from "./random.mjs";
import { program } from "./waiting-programs.mjs";

const COUNT = Number(process.env.WAITING_PROGRAMS ?? 2000);

/** The number of waits, and all that the program shows. */
function outcome(source, ready) {
  const asked = new Map();
  const lua = hosting({ wait: (ticket, ...args) => (ready ? results(...args) : (asked.set(ticket, args), LATER)) });
  const { ok, text, out, values } = lua.finish(
    `local wait = host.wait ${source}`,
    ticket => asked.get(ticket),
    Infinity,
  );
  return [asked.size, { ok, text, out, values, calls: lua.calls.length }];
}

test(`${COUNT} random programs wait unseen`, () => {
  let waits = 0;
  let failed = 0;
  const first = Number(process.env.WAITING_FIRST ?? 1);
  for (let seed = first; seed < first + COUNT; seed++) {
    const source = program(new Random(seed));
    const [, expected] = outcome(source, true);
    const [count, actual] = outcome(source, false);
    waits += count;
    failed += expected.ok ? 0 : 1;
    assert.deepEqual(actual, expected, `seed ${seed}: ${source}`);
  }
  assert.ok(waits > 5 * COUNT && failed < COUNT, `${waits} waits, ${failed} programs failed`);
});
