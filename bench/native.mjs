// Native Lua: compiled with -O2 from the very sources that build.rs compiles, those of the lua-src package.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const BENCH = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.dirname(BENCH);
const MAIN = path.join(BENCH, "native.c");
const INPUTS = [MAIN, fileURLToPath(import.meta.url)];

/** As Linux distributions build `lua5.4`; POSIX is what gives Lua `_longjmp`, which saves no signal mask. */
const FLAGS = ["-std=gnu99", "-O2", "-DNDEBUG", "-DLUA_USE_POSIX", "-DLUA_COMPAT_5_3"];

/** @returns {string} the folder of the Lua 5.4 sources that Cargo.lock pins */
function luaSources() {
  const args = ["metadata", "--offline", "--locked", "--format-version", "1"];
  const text = execFileSync("cargo", args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lua = JSON.parse(text).packages.find(found => found.name === "lua-src");
  if (!lua) throw new Error("native Lua: cargo metadata does not name the package lua-src");
  const folder = path.dirname(lua.manifest_path);
  return path.join(
    folder,
    readdirSync(folder).find(name => name.startsWith("lua-5.4.")),
  );
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
