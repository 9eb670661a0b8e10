// What the tests of functions of the host have in common.
import assert from "node:assert/strict";
import { LuaPersistent } from "../../js/dist/index.js";

/** Opens Lua with these functions, and closes it when the test `t` ends. */
export async function open(t, host = {}, options = {}) {
  const lua = await LuaPersistent.open({ host, ...options });
  t.after(() => lua.close({ discard: true }));
  return lua;
}

/** The values that `code` returns. */
export const values = async (lua, code, options) => (await lua.run(code, options)).values;

/** What a promise is rejected with. */
export const rejection = promise =>
  promise.then(
    () => assert.fail("it was not rejected"),
    error => error,
  );

export const after = (milliseconds, value) => new Promise(resolve => setTimeout(resolve, milliseconds, value));

/** A promise, and what settles it. */
export function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

const builtin = name => globalThis.process?.getBuiltinModule?.(name);
builtin("node:v8")?.setFlagsFromString("--expose-gc");
/** Collects JavaScript's garbage; undefined in browsers, where that cannot be asked for. */
export const collectGarbage = builtin("node:vm")?.runInNewContext("gc");
