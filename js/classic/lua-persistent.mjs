// Everything as an ES module: `import { LuaPersistent } from "./lua-persistent.mjs"`. The classes are those of the script.
import "./lua-persistent.js";

export const { LuaPersistent } = globalThis;
export const { LuaError, LuaFunction, LuaLimitError, LuaTable, LuaOpaque, StoreError } = LuaPersistent;
