// What the tests of workers share: opening, and closing all that was opened.
import assert from "node:assert/strict";
import { after } from "node:test";
import { LuaPersistent } from "../../web/lua-persistent.mjs";

const opened = [];
after(() => Promise.all(opened.map((lua) => lua.terminate())));

/** @returns {Promise<LuaWorker>} that ends with the tests of this file */
export async function openWorker(options) {
  const lua = await LuaPersistent.openWorker(options);
  opened.push(lua);
  return lua;
}

export const rejection = (promise) => promise.then(() => assert.fail("it was not rejected"), (error) => error);

/** Scripts that do not end, in ways that Lua can be asked to stop. */
export const RUNAWAYS = {
  "a loop": "while true do end",
  "string.rep": "while true do string.rep('x', 1 << 20) end",
  "a pattern that backtracks": "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(40))",
};
