// Native Lua: compiled with -O2 from the very sources that build.rs compiles, those of the lua-src package.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const BENCH = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.dirname(BENCH);
const MAIN = path.join(BENCH, "native.c");
const INPUTS = [MAIN, fileURLToPath(import.meta.url)];

/**
 * The seed that lua.wasm has where the host gives none (src/services.rs), and with it the same order of every table: how
 * long `package.loaded` is searched for the name of a function depends on that.
 */
const SEED = "0x50ed09df";

/** As Linux distributions build `lua5.4`; POSIX is what gives Lua `_longjmp`, which saves no signal mask. */
const FLAGS = ["-std=gnu99", "-O2", "-DNDEBUG", "-DLUA_USE_POSIX", "-DLUA_COMPAT_5_3", `-Dluai_makeseed(L)=${SEED}`];

/** @returns {string} the folder of the Lua 5.4 sources that Cargo.lock pins; build.sh leaves its name */
function luaSources() {
  return readFileSync(path.join(ROOT, "target/lua.sources"), "utf8").split("\n")[0];
}

/** Whether the program is there and newer than what it is made from here; the package's sources never change. */
function isNewer(program) {
  return existsSync(program) && INPUTS.every(input => statSync(input).mtimeMs < statSync(program).mtimeMs);
}

/** Compiles what is missing or out of date. @returns {{program: string, version: string}} */
export function buildNative() {
  const sources = luaSources();
  const version = path.basename(sources).replace("lua-", "Lua ");
  const program = path.join(ROOT, "target", "bench", path.basename(sources));
  if (isNewer(program)) return { program, version };
  mkdirSync(path.dirname(program), { recursive: true });
  const files = readdirSync(sources)
    .filter(name => name.endsWith(".c"))
    .map(name => path.join(sources, name));
  execFileSync(process.env.CC ?? "cc", [...FLAGS, `-I${sources}`, "-o", program, MAIN, ...files, "-lm"], {
    stdio: "inherit",
  });
  return { program, version };
}
