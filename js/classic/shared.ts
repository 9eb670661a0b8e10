// The names that lua-open.mjs takes from lua-persistent.js: classes, of which there must be one each, modules with a state,
// and long ones. Other modules that both need are in both. The build says when a name is missing.
export { ExternalTables } from "../src/core/external-tables.ts";
export { defaultWasm } from "../src/core/default-wasm.ts";
export { LuaInstance, luaBytes } from "../src/core/instance.ts";
export { warmUp } from "../src/core/warm-up.ts";
export { compile, withWasm } from "../src/core/wasm.ts";
export { HostFunction } from "../src/host/host-function.ts";
export { Exposed, exposedOf } from "../src/host/expose.ts";
export { LuaFunction } from "../src/host/lua-function.ts";
export { LuaResults } from "../src/host/results.ts";
export { LuaPersistent, viewsOf } from "../src/session/lua-persistent.ts";
export { StoreError } from "../src/stores/store-error.ts";
export { LuaError, LuaLimitError, detailsIn, placeIn, placeInTraceback, refusedDetails } from "../src/values/errors.ts";
export { LuaOpaque } from "../src/values/opaque.ts";
export { emptyFor, put } from "../src/values/plain.ts";
export { readSnapshot } from "../src/values/snapshot.ts";
