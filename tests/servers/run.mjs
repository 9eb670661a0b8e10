#!/usr/bin/env node
// The long form of the tests of stores in databases: many kills; and the SQLite store with every package that it can use, which are
// installed into target/. After build.sh and install.sh. Usage: node tests/servers/run.mjs
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = `${ROOT}target/servers/`;
const PACKAGES = { "better-sqlite3": "12.11.1", node24: "npm:node@24.21.0" };

function run(program, args, { cwd = ROOT, env = {} } = {}) {
  console.log(`> ${[...Object.entries(env).map(pair => pair.join("=")), program, ...args].join(" ")}`);
  const { status, error } = spawnSync(program, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
  if (status !== 0) throw error ?? new Error(`${program} ended with ${status}`);
}

/** better-sqlite3 fetches what is compiled, or compiles it. */
function install() {
  const text = `${JSON.stringify({ private: true, dependencies: PACKAGES }, null, 2)}\n`;
  const done = `${FOLDER}installed.json`;
  if (existsSync(done) && readFileSync(done, "utf8") === text) return;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}package.json`, text);
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: FOLDER });
  writeFileSync(done, text);
}

const tests = folder =>
  readdirSync(`${ROOT}tests/${folder}`)
    .filter(name => name.endsWith(".test.mjs"))
    .map(name => `tests/${folder}/${name}`);
const SQLITE = ["tests/stores/conformance.test.mjs", "tests/stores/sqlite.test.mjs"];

install();
// One after the other: each starts databases of its own.
run(process.execPath, ["--test", "--test-concurrency=1", ...tests("servers")], { env: { STORE_LONG: "1" } });
run(process.execPath, ["--test", ...SQLITE], { env: { SQLITE_PACKAGE: `${FOLDER}node_modules/better-sqlite3` } });
run(`${FOLDER}node_modules/node24/bin/node`, ["--test", ...SQLITE]);
console.log("all pass");
