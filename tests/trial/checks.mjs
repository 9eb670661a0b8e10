// What is said of the tarball by those who look at packages: publint, "are the types wrong", and npm itself. And its command.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeProject, run, versions } from "./project.mjs";

const PUBLINT = "publint";
const TYPES = "@arethetypeswrong/cli";

/** What is not as it could be, and why. */
const ALLOWED = [
  { kind: "NoResolution", resolutionKind: "node10", why: "TypeScript's resolution of old knows no exports" },
  { kind: "CJSResolvesToESM", entrypoint: "./worker", why: "a worker is started with it; nobody requires it" },
  { kind: "CJSResolvesToESM", entrypoint: "./lua.wasm", why: "it is WebAssembly, which require does not load" },
  { kind: "CJSResolvesToESM", entrypoint: "./lua-exnref.wasm", why: "it is WebAssembly, too" },
];

const CHECKS = {
  [PUBLINT]: lint,
  [TYPES]: checkTypes,
  "npm publish --dry-run": tryPublishing,
  "npx lua-persistent": tryCommand,
};

/** @returns {Promise<{ line: string, isGood: boolean }[]>} */
export async function check(shop) {
  const packages = [PUBLINT, TYPES];
  const project = await makeProject(shop, { name: "checks", packages, inNode: "main.js" });
  const answers = [];
  for (const [name, look] of Object.entries(CHECKS)) {
    const head = packages.includes(name) ? versions([name])[0] : name;
    answers.push(await answered(head, () => look(shop.tarball, project)));
  }
  return answers;
}

const answered = (head, look) =>
  look().then(
    text => ({ line: `${head}: ${text}`, isGood: true }),
    error => ({ line: `${head}: FAILED: ${error.message}`, isGood: false }),
  );

async function lint(tarball, project) {
  const said = await run(["publint", tarball, "--strict"], project);
  if (!said.includes("All good!")) throw new Error(said);
  return "nothing to say";
}

async function checkTypes(tarball, project) {
  // It ends with an error for what is allowed, too, and before a pipe has all that it says.
  await run(["sh", "-c", 'attw "$0" --format json > attw.json || true', tarball], project);
  const { problems } = JSON.parse(readFileSync(join(project, "attw.json"), "utf8")).analysis;
  const isOf = rule => problem =>
    Object.entries(rule).every(([name, value]) => name === "why" || problem[name] === value);
  const others = problems.filter(problem => !ALLOWED.some(rule => isOf(rule)(problem)));
  if (others.length > 0) throw new Error(JSON.stringify(others.map(({ trace: _, ...problem }) => problem)));
  const unused = ALLOWED.filter(rule => !problems.some(isOf(rule)));
  if (unused.length > 0) throw new Error(`allowed, and not there any more: ${JSON.stringify(unused)}`);
  return `nothing but what is allowed: ${ALLOWED.map(({ kind, entrypoint = "all", why }) => `${kind} of ${entrypoint} (${why})`).join("; ")}`;
}

/** @throws {Error} npm would change something in package.json first, or refuses it */
async function tryPublishing(tarball, project) {
  const said = await run(["sh", "-c", 'npm publish --dry-run "$0" 2>&1', tarball], project);
  if (/auto-corrected|npm (error|ERR)/.test(said)) throw new Error(said);
  return said.trim().split("\n").at(-1);
}

async function tryCommand(_tarball, project) {
  const said = await run(
    ["npx", "--no", "--", "lua-persistent", "--store", "kept", "-e", "Memory.n = 6 print(7 * Memory.n)"],
    project,
  );
  if (said !== "42\n") throw new Error(said);
  return "runs";
}
