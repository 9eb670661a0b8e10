// A fresh project in a temporary folder, with the packed package installed from its tarball as a user's would have it. It is
// outside of the repository, whose own packages must not stand in for some that are missing.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import esbuild from "esbuild";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const PINNED = JSON.parse(readFileSync(at("package.json"), "utf8")).devDependencies;
const PACKAGE = at("../../js");
/** Milliseconds for one command. */
const PATIENCE = 300_000;

/** @returns a folder for projects with the tarball in it. @param {{ keep?: boolean }} options it stays after this process */
export async function workshop({ keep = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "lua-trial-"));
  if (!keep) process.once("exit", () => rmSync(folder, { recursive: true, maxRetries: 5 }));
  const text = await run(["npm", "pack", "--json", "--pack-destination", folder], PACKAGE);
  const [{ filename }] = JSON.parse(text);
  return { folder, tarball: join(folder, filename) };
}

/**
 * @param {string[]} command its first word may be a program of the project
 * @returns {Promise<string>} what it printed
 * @throws {Error} with the end of what it printed
 */
export async function run(command, cwd) {
  const [program, ...args] = command.map(String);
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, env: environment(cwd), timeout: PATIENCE });
    return stdout;
  } catch (error) {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`.trim() || error.message;
    throw new Error(`\`${program} ${args[0] ?? ""}\` failed: ${said}`, { cause: error });
  }
}

/** That of a user's shell: nothing of the npm that runs this, and nobody is told. */
export function environment(folder) {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|execpath|node)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    PATH: [join(folder, "node_modules/.bin"), process.env.PATH].join(delimiter),
    CI: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    NODE_ENV: "",
    NO_COLOR: "1",
  };
}

/** @returns {[string, string]} the name and the version that npm installs for a name in package.json here */
function pinned(name) {
  const version = PINNED[name];
  if (!version) throw new Error(`tests/trial/package.json has no version of ${name}`);
  const [, alias, own] = /^npm:(.+)@(.+)$/.exec(version) ?? [];
  return alias ? [alias, own] : [name, version];
}

/** @returns {string[]} such as "vite 8.3.8" */
export const versions = packages => packages.map(name => pinned(name).join(" "));

/**
 * Makes the project and installs its packages.
 * @param {import("./environments.mjs").Environment} environment
 * @returns {Promise<string>} its folder
 */
export async function makeProject({ folder, tarball }, { name, packages, source = "js", ...rest }) {
  const project = join(folder, name.replace(/\W+/g, "-"));
  mkdirSync(project);
  const type = source === "cjs" ? "commonjs" : "module";
  const dependencies = { "lua-persistent": `file:${tarball}`, ...Object.fromEntries(packages.map(pinned)) };
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type, dependencies }));
  await putSources(project, source, rest);
  await run(["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], project);
  return project;
}

async function putSources(project, source, { folder, files = {}, inNode, entry = "lua-persistent" }) {
  if (folder) cpSync(at(`projects/${folder}`), project, { recursive: true });
  for (const name of [inNode ? "main.js" : "page.js"]) await put(project, `shared/${name}`, name, { source, entry });
  for (const name of inNode ? ["steps", "store"] : ["steps"])
    await put(project, `${name}.ts`, source === "ts" ? `${name}.ts` : `${name}.js`, { source, entry });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
}

/** A shared source, as it is or with its types erased. */
async function put(project, from, to, { source, entry }) {
  const text = readFileSync(at(from), "utf8").replace('from "lua-persistent"', `from "${entry}"`);
  const format = source === "cjs" ? "cjs" : "esm";
  const isKept = source === "ts" || (from.endsWith(".js") && source === "js");
  const { code } = isKept ? { code: text } : await esbuild.transform(text, { loader: "ts", format, target: "es2022" });
  writeFileSync(join(project, to), code);
}
