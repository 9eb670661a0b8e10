// The types of values, for modules that need no class.
export type {
  LuaArray,
  LuaMap,
  LuaRecord,
  LuaStorable,
  LuaStored,
  LuaTableKey,
  LuaTableValue,
  LuaUnstorable,
  LuaValue,
} from "./lua-table.ts";
