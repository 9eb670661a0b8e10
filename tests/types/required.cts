// What a user of require() writes, and one of classic scripts, who has globals. Only compiled, never run.
import type {} from "lua-persistent/classic" with { "resolution-mode": "import" };
import type {} from "lua-persistent/classic/wasm-loader.js" with { "resolution-mode": "import" };
import required = require("lua-persistent");

async function main() {
  const lua = await required.LuaPersistent.open();
  const text: string = lua.eval("1");
  const error: required.LuaError = new required.LuaError("x");
  const opaque: required.LuaOpaque = new required.LuaOpaque("x");
  const storeError: required.StoreError = new required.StoreError("busy", "shelf", "is in use");

  const page: required.LuaPersistent = await loadWasmModule("lua.wasm");
  const isSame: boolean = LuaPersistent === required.LuaPersistent;
  const { values } = await (await LuaPersistent.open({ store: "localStorage" })).run("return 1");
  // @ts-expect-error not a store
  LuaPersistent.open({ store: 1 });
}
