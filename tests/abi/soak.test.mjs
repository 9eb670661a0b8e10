// A short form of tests/soak/evals.mjs.
import { test } from "node:test";
import { soak } from "../soak/evals.mjs";

test("20,000 evals leave the memory that the first thousand left", t => {
  const { after, first } = soak(20_000);
  t.diagnostic(`after 1,000 evals ${JSON.stringify(first)}, after 20,000 ${JSON.stringify(after)}`);
});
