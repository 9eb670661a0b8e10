import "./lua-persistent.js";
import "./lua-codec.js";
import "./lua-tables.js";
import "./lua-migrate.js";
export const { LuaPersistent } = globalThis;
export const { LuaError } = LuaPersistent;
export const { LuaTable } = LuaPersistent.parts;
