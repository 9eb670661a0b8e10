// Figures in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sizeText, stepsText, timeText } from "../../web/page/logic/words.mjs";

test("sizes, times and steps have as many digits as one reads", () => {
  assert.deepEqual([null, 1023, 1024, 3 * 2 ** 20].map(sizeText), ["–", "1023 bytes", "1.0 KiB", "3.00 MiB"]);
  assert.deepEqual([null, 0.44, 31.6, 1500].map(timeText), ["–", "0.4 ms", "32 ms", "1.50 s"]);
  assert.deepEqual([0, 300_000, 1_200_000, 5e9].map(stepsText), [
    "under 50,000 steps",
    "about 300,000 steps",
    "about 1.2 million steps",
    "about 5000.0 million steps",
  ]);
});
