// The package with lua.wasm and the worker's script in it: for bundlers that emit no files, and for programs in one file.
import { inlined } from "./core/inlined.ts";
import { SCRIPT, WASM } from "./inlined.ts";

inlined.script = SCRIPT;
inlined.wasm = () => Uint8Array.from(atob(WASM), character => character.charCodeAt(0));

export * from "./index.ts";
