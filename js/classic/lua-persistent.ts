// The drop-in script lua-persistent.js: sets the global LuaPersistent. A page without a store needs no more. The code that
// opens stores, images and workers is in lua-open.mjs beside it, which is loaded by the first call that needs it and uses the
// classes of this script.
import type * as Opening from "../src/open.ts";
import { LuaPersistent } from "../src/session/lua-persistent.ts";
import * as shared from "./shared.ts";

declare const module: { exports: unknown } | undefined;

type Open = typeof Opening;

let opening: Promise<Open> | null = null;

/** A load that failed is tried again. */
function later(): Promise<Open> {
  // @ts-expect-error The build makes it.
  opening ??= import("./lua-open.mjs").then(
    ({ default: make }: { default: (classes: typeof shared) => Open }) => make(shared),
    (error: unknown) => {
      opening = null;
      throw error;
    },
  );
  return opening as Promise<Open>;
}

const { LuaError, LuaFunction, LuaLimitError, LuaTable, LuaOpaque, StoreError } = LuaPersistent;

Object.assign(LuaPersistent, {
  open: async (...args: Parameters<Open["open"]>) => (await later()).open(...args),
  openImage: async (...args: Parameters<Open["openImage"]>) => (await later()).openImage(...args),
  openWorker: async (...args: Parameters<Open["openWorker"]>) => (await later()).openWorker(...args),
  eraseStore: async (...args: Parameters<Open["eraseStore"]>) => (await later()).eraseStore(...args),
});
Object.assign(globalThis, { LuaPersistent });
if (typeof module === "object" && module.exports)
  module.exports = { LuaPersistent, LuaError, LuaFunction, LuaLimitError, LuaTable, LuaOpaque, StoreError };
