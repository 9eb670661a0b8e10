// One recursion of tests/abi/depth-programs.mjs, in a page or in a worker: with a quarter of this thread's stack in use, and what
// it leaves of all of it.
import { LuaError, LuaPersistent } from "/js/dist/index.js";
import { below, frames, share } from "/tests/abi/depth-engine.mjs";
import { deepData, programs } from "/tests/abi/depth-programs.mjs";

const sources = { ...programs, ...deepData };
const all = frames();
let module;

const fresh = async () => {
  module ??= await WebAssembly.compileStreaming(fetch("/web/lua.wasm"));
  return new LuaPersistent().load(module);
};

/** The first line of what the program ends with below a quarter of the stack, or what else happened. */
export async function endOf(name) {
  const lua = await fresh();
  try {
    return below(all >> 2, () => ((lua.last = lua.eval(sources[name])), 0)) === 0 ? lua.last : "";
  } catch (error) {
    return error instanceof LuaError ? error.message.split("\n")[0] : `threw ${error}`;
  }
}

/** The part of the stack that the program leaves, from 0 to 1. */
export async function leftBy(name) {
  const instances = await Promise.all(Array.from({ length: 12 }, fresh));
  return (
    1 -
    share(all, () => {
      try {
        instances.pop().eval(sources[name]);
      } catch (cause) {
        if (!(cause instanceof LuaError)) throw new RangeError(cause.message, { cause });
      }
      return 0;
    })
  );
}

if (typeof document === "undefined") {
  globalThis.onmessage = async ({ data: [what, name] }) => postMessage(await { endOf, leftBy }[what](name));
  postMessage("ready");
}
