// Runs the recursions of tests/abi/depth-programs.mjs in a page or in a worker, with half of this thread's stack in use.
import { LuaError, LuaPersistent } from "./lua-persistent.mjs";
import { below, frames, share } from "./depth-engine.mjs";
import { deepData, programs } from "./depth-programs.mjs";

const sources = { ...programs, ...deepData };

/** Name -> first line of the error that each of `names` ends in; name -> the part of the stack that each of `measured` leaves. */
export async function run({ names, measured }) {
  const module = await WebAssembly.compileStreaming(fetch("lua.wasm"));
  const fresh = () => new LuaPersistent().load(module);
  const all = frames();
  const errors = {};
  for (const name of names) errors[name] = attempt(await fresh(), programs[name], all >> 1);
  const left = {};
  for (const name of measured) left[name] = 1 - share(all, await repeatable(fresh, sources[name]));
  return { errors, left };
}

function attempt(lua, source, depth) {
  try {
    return `no error: ${below(depth, () => (lua.eval(source), 0))}`;
  } catch (error) {
    return error instanceof LuaError ? error.message.split("\n")[0] : `threw ${error}`;
  }
}

/** A function that evaluates the source in another instance each time, of some that were made before. */
async function repeatable(fresh, source) {
  const instances = await Promise.all(Array.from({ length: 20 }, fresh));
  return () => {
    try {
      instances.pop().eval(source);
    } catch (cause) {
      if (!(cause instanceof LuaError)) throw new RangeError(cause.message, { cause });
    }
    return 0;
  };
}

if (typeof document === "undefined") globalThis.onmessage = async ({ data }) => postMessage(await run(data));
