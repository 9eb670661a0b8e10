// Everything as an ES module: `import { LuaPersistent } from "./lua-persistent.mjs"`.
import "./lua-persistent.js";
import "./lua-codec.js";
import "./lua-tables.js";
import "./lua-plain.js";
import "./lua-migrate.js";
export { StoreError } from "./stores/store-error.mjs";
export const { LuaPersistent } = globalThis;
export const { LuaError, LuaLimitError } = LuaPersistent;
export const { LuaTable, LuaOpaque } = LuaPersistent.parts;
