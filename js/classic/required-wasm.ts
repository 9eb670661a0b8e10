// Where lua.wasm is for what `require` gives: beside it, with its twin for engines that take the newer encoding of exceptions.
import { inNode } from "../src/core/environment.ts";
import { takesExnref } from "../src/core/exnref.ts";

declare const __dirname: string | undefined;

export function defaultWasm(): string {
  if (!inNode || typeof __dirname !== "string") return "lua.wasm";
  return `${__dirname}/${takesExnref() ? "lua-exnref.wasm" : "lua.wasm"}`;
}
