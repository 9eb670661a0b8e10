// Where lua.wasm is by default: beside the script in Node; in a browser relative to the page, like any other path.
import { inNode } from "../src/core/environment.ts";

declare const __dirname: string | undefined;
/** From the script's folder; set by the build. */
declare const WASM_FILE: string;

export const defaultWasm = (): string =>
  inNode && typeof __dirname === "string" ? `${__dirname}/${WASM_FILE}` : "lua.wasm";
