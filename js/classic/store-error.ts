// The StoreError of lua-persistent.js, for lua-stores.mjs.
// @ts-ignore It stands beside the scripts.
import * as script from "./lua-persistent.mjs";
import type { StoreError as Class } from "../src/stores/store-error.ts";

export const StoreError = (script as { StoreError: typeof Class }).StoreError;
