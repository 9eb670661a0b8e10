// Runs the checks in workerd, in a Durable Object: lua.wasm is imported as a module, tables are in the object's storage.
import { DurableObject } from "cloudflare:workers";
import * as lua from "lua-persistent";
import twin from "lua-persistent/lua-exnref.wasm";
import wasm from "lua-persistent/lua.wasm";
import * as stores from "lua-persistent/stores";
import { wasmHash } from "lua-persistent/wasm-hash";
import { checkAbi } from "./abi.mjs";
import { checkApi } from "./api.mjs";
import { Checks } from "./checks.mjs";
import { durableStore } from "./durable-store.mjs";

const modules = { "lua.wasm": wasm, "lua-exnref.wasm": twin };

export class Lua extends DurableObject {
  async fetch() {
    const [abi, api] = [new Checks(), new Checks()];
    await checkAbi(abi, wasm, twin);
    await checkAbi(abi, twin, wasm);
    const ownStore = () => durableStore(this.ctx.storage);
    for (const each of Object.values(modules)) {
      const place = { lua, stores, wasmHash, modules, ownStore, options: { wasm: each } };
      await checkApi(api, { ...place, hasClock: false, hasWorkers: false });
    }
    return Response.json({ files: Object.keys(modules), abi, api });
  }
}

export default { fetch: (request, { LUA }) => LUA.get(LUA.idFromName("lua")).fetch(request) };
