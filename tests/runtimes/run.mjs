#!/usr/bin/env node
// Runs the checks of the ABI and of the package in every runtime, and prints a line for each. The runtimes are npm packages of
// fixed versions, which are installed into target/; wasmtime comes from PyPI.
// Usage: node tests/runtimes/run.mjs [--short] [--only PART-OF-A-NAME]; after build.sh
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const JS = at("../../js/");
const WASMTIME = at("../wasmtime/run.sh");
/** How often Bun is started: it once failed at random while it loaded modules. */
const STARTS = 20;
/** Milliseconds for one runtime. */
const PATIENCE = 600_000;

const node = major => ({
  name: `Node ${major}`,
  packages: [`node${major}`],
  command: [`node_modules/node${major}/bin/node`, "main.mjs"],
});

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string[]} packages of package.json; the version of the first is shown
 * @property {string[]} command that prints what the checks gave
 * @property {string[]} [start] command that only opens Lua
 * @property {boolean} [isShort] whether it is in the short form
 */

/** @type {Runtime[]} */
const RUNTIMES = [
  node(20),
  node(22),
  node(24),
  { ...node(26), isShort: true },
  { name: "Deno", packages: ["deno"], command: ["node_modules/.bin/deno", "run", "--allow-all", "main.mjs"] },
  {
    name: "Bun",
    packages: ["bun"],
    command: ["node_modules/.bin/bun", "main.mjs"],
    start: ["node_modules/.bin/bun", "main.mjs", "start"],
  },
  {
    name: "workerd",
    packages: ["workerd", "miniflare", "node24"],
    command: ["node_modules/node24/bin/node", "workerd.mjs"],
  },
  { name: "wasmtime", packages: [], command: ["sh", WASMTIME] },
];

const { values } = parseArgs({
  options: { short: { type: "boolean", default: false }, only: { type: "string", default: "" } },
});
const chosen = RUNTIMES.filter(
  ({ name, isShort }) => name.toLowerCase().includes(values.only.toLowerCase()) && (isShort || !values.short),
);
if (chosen.length === 0) throw new Error(`there is no runtime with '${values.only}' in its name`);
const FOLDER = at(values.short ? "../../target/runtimes-short/" : "../../target/runtimes/");

const npm = (folder, ...args) =>
  execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
const readJson = path => JSON.parse(readFileSync(path, "utf8"));

/** Installs what the chosen form needs, as far as it is not there. The lock says all versions. */
function install() {
  const all = readJson(at("package.json"));
  const wanted = RUNTIMES.filter(({ isShort }) => isShort || !values.short).flatMap(({ packages }) => packages);
  const dependencies = Object.entries(all.dependencies).filter(([name]) => wanted.includes(name));
  const text = `${JSON.stringify({ ...all, dependencies: Object.fromEntries(dependencies) }, null, 2)}\n`;
  const done = `${FOLDER}installed.json`;
  if (existsSync(done) && readFileSync(done, "utf8") === text) return;
  console.log(`installing ${dependencies.length} packages (${values.short ? "50" : "400"} MB to fetch)`);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}package.json`, text);
  cpSync(at("package-lock.json"), `${FOLDER}package-lock.json`);
  npm(FOLDER, "install", "--no-audit", "--no-fund", "--loglevel=error", "--engine-strict=false");
  writeFileSync(done, text);
}

/** The package as it is published, and the checks, beside the runtimes. */
function place() {
  const target = `${FOLDER}node_modules/lua-persistent`;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const [{ filename }] = JSON.parse(
    npm(JS, "pack", "--json", "--offline", "--loglevel=error", "--pack-destination", FOLDER),
  );
  execFileSync("tar", ["-xzf", FOLDER + filename, "--strip-components=1", "-C", target]);
  for (const name of readdirSync(at(".")).filter(each => each.endsWith(".mjs"))) cpSync(at(name), FOLDER + name);
}

const run = async ([program, ...args]) => {
  const options = { cwd: FOLDER, timeout: PATIENCE, maxBuffer: 1e8, env: { ...process.env, NODE_OPTIONS: "" } };
  const { stdout } = await promisify(execFile)(program, args, options);
  return stdout.trim().split("\n").at(-1);
};

const version = ([name]) => (name ? ` ${readJson(`${FOLDER}node_modules/${name}/package.json`).version}` : "");

/** @returns {Promise<string>} what passed @throws {Error} what failed */
async function tryIn({ command, start }) {
  const said = await run(command);
  if (!said.startsWith("{")) return said;
  const { files, abi, api } = JSON.parse(said);
  const failures = [...abi.failures, ...api.failures];
  if (failures.length > 0 || !abi.passed || !api.passed) throw new Error(failures.join("\n") || "nothing was checked");
  for (let i = 0; start && i < STARTS; i++) await run(start);
  const starts = start ? `; ${STARTS} of ${STARTS} starts` : "";
  return `${abi.passed} checks of the ABI and ${api.passed} of the package pass, with ${files.join(" and ")}${starts}`;
}

install();
place();
let failed = 0;
for (const runtime of chosen) {
  const head = `${runtime.name.replace(/ \d+$/, "")}${version(runtime.packages)}`;
  await tryIn(runtime).then(
    text => console.log(`${head}: ${text}`),
    error => {
      failed++;
      console.log(`${head}: FAILED: ${[error.message, error.stdout].filter(Boolean).join("\n")}`);
    },
  );
}
console.log(failed === 0 ? `all ${chosen.length} pass` : `${failed} of ${chosen.length} failed`);
process.exitCode = failed === 0 ? 0 : 1;
