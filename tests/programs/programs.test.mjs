// Random and mutated programs on lua.wasm, with fixed seeds. `npm run fuzz -- programs <minutes>` runs others, for long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { corpus } from "./corpus.mjs";
import { add, runSession } from "./session.mjs";

const SESSIONS = 60;

test("whatever program runs, the module neither traps nor exceeds its limits, and the next one works", () => {
  const sources = corpus();
  const total = {};
  for (let seed = 1; seed <= SESSIONS; seed++) add(total, runSession(sources, seed));
  const { slowest, ...counts } = total;
  const shares = Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
  console.log(`${SESSIONS} sessions: ${shares}`);
  assert.ok(total.programs > SESSIONS * 6, shares);
  assert.ok(total.syntax < 0.6 * total.programs, `most programs compile: ${shares}`);
  assert.ok(total.errors < 0.9 * total.programs, `some end without an error: ${shares}`);
});
