import "./lua-persistent.js";
export const { LuaPersistent } = globalThis;
export const { LuaError } = LuaPersistent;
