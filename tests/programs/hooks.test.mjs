// Whatever a hook is shown, called with whatever there is, with fixed seeds. `npm run fuzz -- hooks <minutes>` runs others, for long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runHooks } from "./hooks.mjs";
import { add } from "./session.mjs";

const SESSIONS = 100;

test("no function that a hook is shown traps, reaches a table that nothing leads to, or spoils the state or the store", () => {
  const total = {};
  for (let seed = 1; seed <= SESSIONS; seed++) add(total, runHooks(seed));
  const { slowest, ...counts } = total;
  const shares = Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
  console.log(`${SESSIONS} sessions: ${shares}`);
  assert.ok(total.programs > SESSIONS * 3, shares);
  assert.ok(total.functions > SESSIONS * 50, `there is much to call: ${shares}`);
});
