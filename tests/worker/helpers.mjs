// What the tests of workers share: opening, closing all that was opened, and an end for tests that hang.
import assert from "node:assert/strict";
import * as runner from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";

/** Milliseconds for one test, on a busy machine. */
const PATIENCE = 20_000;
/** Milliseconds after which a worker that no test could end is ended, with the whole file. */
const LEFT_OVER = 3000;

/** As those of node:test; what hangs fails. */
export const test = (name, body, { timeout = PATIENCE } = {}) => runner.test(name, { timeout }, body);
export const before = body => runner.before(body, { timeout: PATIENCE });

const opened = [];
runner.after(async () => {
  setTimeout(() => process.exit(1), LEFT_OVER).unref?.();
  await Promise.all(opened.map(lua => lua.terminate()));
});

/** @returns {Promise<LuaWorker>} that ends with the tests of this file */
export async function openWorker(options) {
  const lua = await LuaPersistent.openWorker(options);
  opened.push(lua);
  return lua;
}

export const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );

/** Scripts that do not end, in ways that Lua can be asked to stop. */
export const RUNAWAYS = {
  "a loop": "while true do end",
  "string.rep": "while true do string.rep('x', 1 << 20) end",
  "a pattern that backtracks": "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(40))",
};
