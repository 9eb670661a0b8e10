// Modules of Lua in a folder of files, for the option `modules`.
import { builtin } from "../core/environment.ts";

interface Files {
  readFile(path: string): Promise<Uint8Array>;
  realpath(path: string): Promise<string>;
}
interface Paths {
  join(...parts: string[]): string;
  sep: string;
}

/** Names as they are usual: no path can be made of them that leaves the folder. */
const NAME = /^[\w-]+(\.[\w-]+)*$/;

/**
 * `require "a.b"` finds `a/b.lua`, or `a/b/init.lua`. What a link in the folder leads to outside of it is not found.
 * @param folder a path
 * @returns for the option `modules`
 */
export function moduleFolder(folder: string): (name: string) => Promise<Uint8Array | null> {
  if (typeof folder !== "string") throw new TypeError(`moduleFolder takes the path of a folder, not ${typeof folder}`);
  return async name => {
    if (!NAME.test(name)) return null;
    const { readFile, realpath } = await builtin<Files>("fs/promises");
    const { join, sep } = await builtin<Paths>("path");
    const root = await realpath(folder);
    for (const end of [".lua", `${sep}init.lua`]) {
      const path = await realpath(join(root, ...name.split(".")) + end).catch(ifThere);
      if (path?.startsWith(root.endsWith(sep) ? root : root + sep)) return readFile(path);
    }
    return null;
  };
}

/** A file that is not there is none; every other error is one. */
function ifThere(error: Error & { code?: string }): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}
