// What opens Lua with a store, and empties a store.
import { openImageWith, openWith } from "./session/open.ts";
import type { OpenOptions } from "./session/options.ts";
import type { LuaSession } from "./session/session.ts";
import { storeIn } from "./stores/open-store.ts";

export { eraseStore } from "./stores/open-store.ts";
export { openWorker } from "./worker/lua-worker.ts";

export const open = (options?: OpenOptions): Promise<LuaSession> => openWith(storeIn, options);

export const openImage = (image: ArrayBuffer | ArrayBufferView, options?: OpenOptions): Promise<LuaSession> =>
  openImageWith(storeIn, image, options);
