// What the tests of the command have in common: it is run in a folder of its own, and what it does is read.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../js/dist/command/main.js", import.meta.url));

/** @param {object} files texts by paths @returns {string} a folder with them, which is there as long as the test `t` */
export function folderWith(t, files = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), "lua-command-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** Nothing of the user's own. */
export const environment = (folder, more = {}) => {
  const own = Object.entries(process.env).filter(([name]) => !/^LUA_|^NO_COLOR$|^NODE_/.test(name));
  return { ...Object.fromEntries(own), HOME: folder, XDG_DATA_HOME: path.join(folder, "data"), TERM: "xterm", ...more };
};

/** @returns {{ stdout: string, stderr: string, status: number }} bytes as latin1 where `encoding` says so */
export function run(
  folder,
  args,
  { input = "", env = {}, encoding = "utf8", program = [process.execPath, MAIN] } = {},
) {
  const [file, ...first] = program;
  const { stdout, stderr, status } = spawnSync(file, [...first, ...args], {
    cwd: folder,
    env: environment(folder, env),
    input,
    encoding,
    maxBuffer: 1 << 28,
  });
  return { stdout, stderr, status };
}

export const start = (folder, args, options = {}) =>
  spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: environment(folder), ...options });
