// The option `modules`: what `require` finds, as the host's function `module` (docs/abi.md section 9).
import type { Entry } from "./entries.ts";
import { withoutFirstLine } from "./fresh.ts";

type Source = string | Uint8Array;

/** Sources by name, or what gives the source of a name: undefined or null when there is no such module. */
export type LuaModules =
  | { readonly [name: string]: Source }
  | ((name: string) => Source | null | undefined | Promise<Source | null | undefined>);

/** Modules are like files: a byte order mark is passed over, and the text of a first line that begins with `#`. */
function asInFile(source: unknown, name: string): Source | undefined {
  if (source === undefined || source === null) return undefined;
  if (typeof source === "string") {
    return withoutFirstLine(source);
  }
  if (!(source instanceof Uint8Array)) {
    throw new TypeError(`the source of module '${name}' is ${typeof source}, and must be a string or a Uint8Array`);
  }
  return bytesWithoutFirstLine(source);
}

/** @returns without a byte order mark, and without the text of a first line that begins with `#` */
export function bytesWithoutFirstLine(bytes: Uint8Array): Uint8Array {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const rest = hasMark ? bytes.subarray(3) : bytes;
  if (rest[0] !== 0x23) return rest;
  const end = rest.indexOf(10);
  return end < 0 ? new Uint8Array(0) : rest.subarray(end);
}

/** @throws {TypeError} they are neither an object nor a function */
export function moduleEntry(modules: LuaModules): Entry {
  const isObject = typeof modules === "object" && modules !== null;
  const find = (name: string) =>
    isObject ? (Object.prototype.hasOwnProperty.call(modules, name) ? modules[name] : undefined) : modules(name);
  return {
    name: "module",
    options: { onRestore: "again" },
    call([given]) {
      const name = String(given);
      const source: unknown = find(name);
      return source instanceof Promise ? source.then(text => asInFile(text, name)) : asInFile(source, name);
    },
  };
}
