// The StoreError of lua-persistent.js, for lua-stores.mjs.
import type { StoreError as Class } from "../src/stores/store-error.ts";
// @ts-expect-error It stands beside the scripts.
import * as script from "./lua-persistent.mjs";

export const StoreError = (script as { StoreError: typeof Class }).StoreError;
