// Random programs give the same output in stock native Lua, in patched native Lua, and in lua.wasm.
// TEST_PROGRAMS=<n> runs n of them; a seed that fails is named.
import assert from "node:assert/strict";
import test from "node:test";
import { open } from "../abi/client.mjs";
import { patched, runNative, stock } from "./native.mjs";
import { program } from "./programs.mjs";

const COUNT = Number(process.env.TEST_PROGRAMS ?? 500);
const BATCH = 50;
const MARK = "program ";

/** Loaded under one name, so that positions in messages are the same everywhere. */
const loaded = seed =>
  `print("${MARK}${seed}") print(pcall(assert(load([=====[${program(seed)}]=====], "=program"))))\n`;

/** Addresses differ, and so does what is below the program. */
const comparable = text => text.replace(/0x[0-9a-f]+/g, "0x").replace(/\t(eval|\S*\.lua):\d+:/g, "\tchunk:");

/** Output by seed. */
function bySeed(text) {
  const parts = comparable(text).split(MARK).slice(1);
  return new Map(parts.map(part => [Number.parseInt(part, 10), part]));
}

const seeds = Array.from({ length: COUNT }, (_, index) => index);
const batches = Array.from({ length: Math.ceil(COUNT / BATCH) }, (_, index) =>
  seeds.slice(index * BATCH, (index + 1) * BATCH),
);
const stockProgram = stock();
const expected = new Map(
  batches.flatMap(batch => [...bySeed(runNative(stockProgram, batch.map(loaded).join("")).text)]),
);

function compare(seed, actual) {
  assert.equal(actual, expected.get(seed), `seed ${seed}`);
}

test("the programs run, and do what they are for", () => {
  const all = [...expected.values()].join("");
  assert.equal(expected.size, COUNT);
  assert.doesNotMatch(all, /syntax error|near '/);
  for (const word of ["attempt to", "from close", "close error", "stack traceback", "cannot resume dead"])
    assert.ok(all.includes(word), word);
});

test("patched native Lua, with a safepoint nearly everywhere, does what stock Lua does", () => {
  const program = patched();
  for (const batch of batches) {
    const { ok, text } = runNative(program, batch.map(loaded).join(""), ["short slices"]);
    assert.ok(ok, text.slice(-2000));
    const actual = bySeed(text);
    for (const seed of batch) compare(seed, actual.get(seed));
  }
});

test("lua.wasm does what stock Lua does", () => {
  const lua = open();
  for (const seed of seeds) compare(seed, bySeed(`${lua.run(loaded(seed))}`).get(seed));
});
