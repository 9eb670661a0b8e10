// Native Lua, stock and with lua/patches, compiled with Lua's own assertions from the sources that build.rs uses.
// TEST_SANITIZE=1 adds AddressSanitizer and UndefinedBehaviorSanitizer (clang or gcc with their runtimes).
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = path.join(HERE, "../..");
const TARGET = path.join(ROOT, "target/patches");
mkdirSync(TARGET, { recursive: true });
/** This process's own: test files run side by side. */
const OWN = mkdtempSync(path.join(TARGET, "run-"));
process.on("exit", () => rmSync(OWN, { recursive: true, force: true }));
const FLAGS = [
  "-O1",
  "-DLUAI_ASSERT",
  "-DLUA_USE_APICHECK",
  "-DLUA_USE_POSIX",
  "-DLUA_COMPAT_5_3",
  "-include",
  "assert.h",
  "-include",
  "stdio.h",
];
const SANITIZE = process.env.TEST_SANITIZE
  ? ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
  : [];
/** What the patches need of lua/config.h and of what it includes. */
const CONFIG = [
  `-I${path.join(ROOT, "lua")}`,
  "-include",
  "string.h",
  "-include",
  path.join(ROOT, "lua/external.h"),
  "-include",
  path.join(ROOT, "lua/steps.h"),
  "-include",
  path.join(ROOT, "lua/waiting.h"),
];

/** Compiles Lua from `folder`, with more `flags` and `files`. @returns {string} the program */
function compile(name, folder, flags, files) {
  const program = path.join(OWN, name);
  const sources = readdirSync(folder)
    .filter(file => file.endsWith(".c"))
    .map(file => path.join(folder, file));
  const args = [
    ...FLAGS,
    ...SANITIZE,
    ...flags,
    `-I${folder}`,
    "-o",
    program,
    path.join(HERE, "native.c"),
    ...files,
    ...sources,
    "-lm",
  ];
  execFileSync(process.env.CC ?? "cc", args, { stdio: "inherit" });
  return program;
}

/** build.rs leaves there where the sources are: as they came, and patched. */
const [stockFolder, patchedFolder] = readFileSync(path.join(ROOT, "target/lua.sources"), "utf8").split("\n");

/** @returns {string} a program that runs a Lua file */
export const stock = () => compile("stock", stockFolder, [], []);

/** The same with the patches; a second argument makes slices short. */
export const patched = () =>
  compile(
    "patched",
    patchedFolder,
    CONFIG,
    ["safepoint.c", "collector.c"].map(file => path.join(ROOT, "lua", file)),
  );

/** Runs Lua source: {ok, text}, where text is its output, then its error. */
export function runNative(program, source, args = [], cwd = OWN) {
  const file = path.join(OWN, "program.lua");
  writeFileSync(file, source);
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
  const { status, stdout, stderr } = spawnSync(program, [file, ...args], {
    cwd,
    env,
    encoding: "latin1",
    maxBuffer: 1 << 28,
  });
  return { ok: status === 0, text: stdout + stderr };
}
