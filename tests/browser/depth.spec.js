// Every recursion ends in a Lua error in Chromium too, in a page and in a worker, with half of the stack used up before.
import { message, programs } from "../abi/depth-programs.mjs";
import { test as base, expect } from "./fixtures.js";

import { FLAGS, RUN, openPage } from "./depth-pages.js";

/** The part of the engine's stack that the deepest recursion leaves, at least. */
const LEAST = 0.4;

/** Recursions that leave the least of the engine's stack, by `npm run depth`. */
const MEASURED = [
  "parser: load in the reader of load",
  "coroutine.close in __close",
  "sort of tables with metamethods",
];

/** Recursions that use more of the wasm stack, or of Lua's own, and hardly any of the engine's. */
const OTHERS = /deep in|^Lua functions|__call|gmatch|error handler of an overflow/;

const test = base.extend({
  launchOptions: [
    async ({}, use, { project }) => {
      const { launchOptions } = project.use;
      await use({ ...launchOptions, args: [...launchOptions.args, FLAGS] });
    },
    { scope: "worker" },
  ],
});

for (const [where, run] of Object.entries(RUN)) {
  test(`every recursion ends in a Lua error in ${where} whose stack is half used`, async ({ page }) => {
    await openPage(page, "/empty.html");
    test.setTimeout(120_000);
    const names = Object.keys(programs).filter(name => !OTHERS.test(name));
    const { errors, left } = await page.evaluate(run, { names, measured: MEASURED });
    expect(Object.keys(errors)).toEqual(names);
    for (const [name, error] of Object.entries(errors)) expect(error, name).toMatch(message);
    const least = Math.min(...Object.values(left));
    console.log(
      `Chromium, ${where}: ${Math.round(100 * least)} % of the engine stack are left by the deepest recursion`,
    );
    expect(least).toBeGreaterThan(LEAST);
  });
}
