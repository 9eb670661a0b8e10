// The kinds of program that are measured: one Lua file each in bench/lua/, which returns a checksum.
// A file sees the number `scale`: 1 is about 0.2 s of native Lua.

import { readFileSync } from "node:fs";

export const KINDS = [
  "recursion",
  "loops",
  "nbody",
  "spectral_norm",
  "fannkuch",
  "binary_trees",
  "sort",
  "string_keys",
  "string_buffers",
  "format",
  "patterns",
  "closures",
  "methods",
  "coroutines",
  "pcall_error",
  "bit_operations",
  "utf8",
];

/** @returns {string} Lua source; `scale` is set on the file's own first line, so that line numbers stay right */
export function sourceOf(kind, scale) {
  return `local scale = ${scale} ${readFileSync(new URL(`lua/${kind}.lua`, import.meta.url), "utf8")}`;
}
