// Other versions of Node, from npm packages of the versions that tests/runtimes names, in target/.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../target/bench/nodes/", import.meta.url));
const { dependencies, allowScripts } = JSON.parse(
  readFileSync(new URL("../tests/runtimes/package.json", import.meta.url), "utf8"),
);

/** @param {string} name as in tests/runtimes, such as `node24` @returns {string} the program, which is fetched if it is not there */
export function nodeProgram(name) {
  const wanted = JSON.stringify({ private: true, dependencies: { [name]: dependencies[name] }, allowScripts });
  const folder = `${FOLDER}${name}/`;
  const program = `${folder}node_modules/${name}/bin/node`;
  if (existsSync(program) && readFileSync(`${folder}package.json`, "utf8") === wanted) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}package.json`, wanted);
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "--engine-strict=false"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return program;
}

/** @returns {{ node: string, v8: string }} */
export const versionsOf = program =>
  JSON.parse(execFileSync(program, ["-p", "JSON.stringify(process.versions)"], { encoding: "utf8" }));
