// The wasm and JavaScript engines: how each is loaded, started and asked. Runs in Node and in a browser page alike.

const inNode = typeof process === "object";

/**
 * @typedef {object} Running one engine with one Lua state
 * @property {(source: string) => unknown} eval
 * @property {() => void} collect a full garbage collection
 */

/** Loads a script that is CommonJS in Node and sets a global in a page. */
async function library(specifier, name) {
  const module = await import(specifier);
  return inNode ? module.default : globalThis[name];
}

/** Our module, or another of the same contract, through the JavaScript that ships with it. */
const lua = {
  async load() {
    await import("../web/lua-persistent.js");
    return globalThis.LuaPersistent;
  },
  async start(LuaPersistent, bytes) {
    // As in a page. It is idle time that this takes: there is none before a cold run.
    const state = await new LuaPersistent().load(bytes, { warmUp: true });
    return { eval: source => state.eval(source), collect: () => state.exports.run_gc() };
  },
};

const wasmoon = {
  load: () => library("../node_modules/wasmoon/dist/index.js", "wasmoon"),
  async start({ LuaFactory }, bytes, path) {
    const address = inNode ? path : URL.createObjectURL(new Blob([bytes], { type: "application/wasm" }));
    const state = await new LuaFactory(address).createEngine();
    return { eval: source => state.doStringSync(source), collect: () => state.doStringSync("collectgarbage()") };
  },
};

/** Node only: fengari ships as CommonJS. It has no collector of its own. */
const fengari = {
  load: () => library("fengari"),
  start({ lua, lauxlib, lualib, to_luastring, to_jsstring }) {
    const L = lauxlib.luaL_newstate();
    lualib.luaL_openlibs(L);
    return {
      eval(source) {
        lua.lua_settop(L, 0);
        const failed =
          lauxlib.luaL_loadstring(L, to_luastring(source)) !== lua.LUA_OK || lua.lua_pcall(L, 0, 1, 0) !== lua.LUA_OK;
        const text = to_jsstring(lauxlib.luaL_tolstring(L, -1));
        if (failed) throw new Error(text);
        return text;
      },
      collect() {},
    };
  },
};

/** @type {Record<string, {load: () => Promise<object>, start: Function}>} */
export const adapters = { lua, wasmoon, fengari };
