#!/usr/bin/env node
// The long form of the tests of stores in databases: more kills, a soak, and the SQLite store with every package that it can use,
// which are installed into target/. After build.sh and install.sh; npm test has the short form.
// Usage: node tests/servers/run.mjs [--kills 20] [--soak 30], the kills of each kind and the seconds of the soak
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { missing } from "./databases.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = `${ROOT}target/servers/`;
const { values } = parseArgs({
  options: { kills: { type: "string", default: "20" }, soak: { type: "string", default: "30" } },
});
const PACKAGES = { "better-sqlite3": "12.11.1", node24: "npm:node@24.21.0" };

function run(program, args, { cwd = ROOT, env = {} } = {}) {
  const command = [...Object.entries(env).map(pair => pair.join("=")), program, ...args].join(" ");
  const begin = performance.now();
  console.log(`> ${command}`);
  const { status, error } = spawnSync(program, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
  if (status !== 0) throw error ?? new Error(`${command} ended with ${status}`);
  console.log(`> that took ${Math.round((performance.now() - begin) / 1000)} s`);
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

// Elsewhere these tests are skipped then.
if (missing()) throw new Error(missing());
install();
// One after the other: each starts databases of its own.
run(process.execPath, ["--test", "--test-concurrency=1", ...tests("servers")], { env: { STORE_KILLS: values.kills } });
run(process.execPath, ["tests/servers/soak.mjs", "--seconds", values.soak, "--names", "200"]);
run(process.execPath, ["--test", ...SQLITE], { env: { SQLITE_PACKAGE: `${FOLDER}node_modules/better-sqlite3` } });
run(`${FOLDER}node_modules/node24/bin/node`, ["--test", ...SQLITE]);
console.log("all pass");
