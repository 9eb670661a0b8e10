// Where lua.wasm is by default: beside the package's modules. Where the engine takes the newer encoding of exceptions it is
// the twin. Bundlers know this form of an address; of the two files only one is fetched. Or it is in the program itself.
import { builtin, inNode, leftBehind, nodeProcess } from "./environment.ts";
import { takesExnref } from "./exnref.ts";
import { inlined } from "./inlined.ts";

export function defaultWasm(): URL | string | Uint8Array | Promise<string> {
  if (inlined.wasm) return inlined.wasm();
  const isTwin = takesExnref();
  const name = isTwin ? "lua-exnref.wasm" : "lua.wasm";
  const url = isTwin ? new URL("../lua-exnref.wasm", import.meta.url) : new URL("../lua.wasm", import.meta.url);
  if (url.pathname.endsWith(`/.vite/${name}`)) return leftBehind(import.meta.url, name) ?? url;
  // On servers some bundlers make an address of the site of it, which is no file.
  return inNode && !/^(file|https?|data|blob):$/.test(url.protocol) ? installed(name) : url;
}

/** @returns the file in the folder where the program's packages are */
async function installed(name: string): Promise<string> {
  const { createRequire } = await builtin<{ createRequire(from: string): { resolve(name: string): string } }>("module");
  return createRequire(`${nodeProcess!.cwd()}/`).resolve(`lua-persistent/${name}`);
}
