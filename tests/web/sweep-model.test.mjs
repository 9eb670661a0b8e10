// Random changes against a model: nothing that is reached is ever swept, and not much else is kept. TEST_LONG=1: for minutes.
import { test } from "node:test";
import { runModel } from "./sweep-model.mjs";

const [SEEDS, STEPS] = process.env.TEST_LONG ? [200, 1000] : [5, 300];

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`what is reached stays, and little else, whatever happens: seed ${seed}`, () => runModel(seed, STEPS));
}
