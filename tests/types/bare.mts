// What compiles where the compiler knows neither a browser nor Node. Only compiled, never run.
import { LuaError, LuaPersistent, StoreError, type LuaSession, type LuaWorker } from "lua-persistent";
import { memoryStore } from "lua-persistent/stores";

const lua: LuaSession = await LuaPersistent.open({ wasm: "lua.wasm", store: memoryStore(), timeout: 5 });
const { values } = await lua.run<[number]>("return 1");
const one: number = values[0];
const image: Uint8Array = await lua.saveImage();
const worker: LuaWorker = await LuaPersistent.openWorker({ image });
const bytes: number | undefined = lua.exports?.memory.buffer.byteLength;
const plain: LuaPersistent = await new LuaPersistent().load(new Uint8Array());
const isError: boolean =
  new LuaError("x") instanceof Error && new StoreError("busy", "shelf", "is in use") instanceof Error;
