// Where lua.wasm is by default: beside the package's modules. Bundlers know this form of an address.
import { builtin, inNode, leftBehind, nodeProcess } from "./environment.ts";

export function defaultWasm(): URL | string | Promise<string> {
  const url = new URL("../lua.wasm", import.meta.url);
  if (/\/\.vite\/lua\.wasm$/.test(url.pathname)) return leftBehind(import.meta.url, "lua.wasm") ?? url;
  // On servers some bundlers make an address of the site of it, which is no file.
  return inNode && !/^(file|https?|data|blob):$/.test(url.protocol) ? installed() : url;
}

/** @returns the file in the folder where the program's packages are */
async function installed(): Promise<string> {
  const { createRequire } = await builtin<{ createRequire(from: string): { resolve(name: string): string } }>("module");
  return createRequire(`${nodeProcess!.cwd()}/`).resolve("lua-persistent/lua.wasm");
}
