// The programs in examples/ do what they say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { main as gameLoop } from "../../examples/game-loop.mjs";
import { main as notebook } from "../../examples/notebook-cell.mjs";
import { main as npc } from "../../examples/npc.mjs";
import { main as rules } from "../../examples/rules-engine.mjs";

const printed = async main => {
  const lines = [];
  const result = await main(text => lines.push(...text.split("\n")));
  return { lines, result };
};

test("game-loop: events, drawing, and a player that is saved while the loop waits", async () => {
  assert.deepEqual(await printed(gameLoop), {
    lines: [
      "player at 1, 0 with 0 coins",
      "player at 1, 1 with 0 coins",
      "player at 1, 2 with 1 coins",
      "saved: x = 1",
    ],
    result: "bye, with 1 coins",
  });
});

test("notebook-cell: fetches at once, is stopped while it waits, fetches nothing else", async () => {
  assert.deepEqual((await printed(notebook)).lines, [
    "Cairo     35.0  no rain",
    "Oslo      11.5  3 mm",
    "cell 1 gave 2 rows",
    "cell 2: stopped by the user",
    "host.fetch: 'file:///etc/passwd' is not to be fetched from here",
  ]);
});

test("rules-engine: decisions as JSON; rules do not disturb each other", async () => {
  const decisions = JSON.parse((await printed(rules)).lines.join("\n"));
  assert.deepEqual(decisions["free shipping"], { shipping: 0 });
  assert.deepEqual(decisions["many of one kind"], { discount: 0.1, because: "A1" });
  assert.match(decisions["a rule that spoils the library"].error, /the library 'string' cannot be changed/);
  assert.match(decisions["a rule with a typing error"].error, /attempt to compare number with nil/);
  assert.deepEqual(
    [decisions["a rule that does not end"].error, decisions["a rule that does not end"].line],
    ["interrupted", 1],
  );
  assert.deepEqual(decisions["a rule that counts on the library"], { note: "72.50" });
});

test("npc: characters act beside each other, and the player is one object", async () => {
  const { lines } = await printed(npc);
  assert.deepEqual(lines.slice(0, 2), ["tweet ...", "Halt! Who goes there?"]);
  assert.deepEqual(lines.slice(-3), [
    "A liar! Take that.",
    "Ann has 7 hp left",
    "host.exposed.get: the object has no 'password', only say, ask, name, hp",
  ]);
  assert.ok(lines.includes("tweet tweet ..."));
});
