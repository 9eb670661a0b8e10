// What the documents say that can be checked: sizes, commands, links, options, and how long README is.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { LuaPersistent } from "../../js/dist/index.js";
import { sqlOf } from "../../js/dist/stores/postgres-sql.js";
import { PROMISED_GAP } from "../programs/heavy.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = name => readFileSync(`${root}/${name}`, "utf8");
const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim().split("\n");
const DOCUMENTS = git("ls-files", "--cached", "--others", "--exclude-standard", "*.md");
/** Of figures that no budget records: how far off they may be. */
const TOLERANCE = 0.03;

const withCommas = number => number.toLocaleString("en-US");
const isNear = (said, is) => Math.abs(said - is) <= Math.max(100, TOLERANCE * is);

/** @returns {Map<string, number>} the numbers in the second cell of a document's tables, by the first */
const figuresIn = name =>
  new Map(
    Array.from(read(name).matchAll(/^\| `?([^|`]+)`? \| ([\d,]+) \|/gm), ([, what, figure]) => [
      what,
      Number(figure.replaceAll(",", "")),
    ]),
  );

test("README has at most 900 words beside its tables and programs", () => {
  const prose = read("README.md")
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/^\|.*$/gm, "");
  const words = prose.split(/\s+/).filter(word => /\w/.test(word)).length;
  assert.ok(words <= 900, `${words} words`);
});

test("the sizes of lua.wasm are those recorded, and README's are the limits", () => {
  const { limit, goal, recorded } = JSON.parse(read("wasm-budget.json"));
  const row = ([what, { raw = "", gzip = "", brotli = "" }]) =>
    `| ${[what, ...[raw, gzip, brotli].map(size => size && withCommas(size))].join(" | ")} |`.replace(/ {2,}/g, " ");
  const performance = read("docs/performance.md");
  for (const line of Object.entries({ recorded, limit, goal }).map(row)) {
    assert.ok(performance.split("\n").includes(line), `docs/performance.md has no line: ${line}`);
  }
  const readme = `at most ${limit.raw / 1024} KiB (${limit.brotli / 1024} KiB compressed)`;
  assert.ok(read("README.md").includes(readme), readme);
});

test("the fuzzer of heavy programs asserts the time that SECURITY.md names", () => {
  assert.ok(read("SECURITY.md").includes(`\`npm run fuzz -- heavy\` asserts ${PROMISED_GAP} ms`));
});

test("the sizes of the parts of lua.wasm are nearly those that validate-wasm.js counts", () => {
  const said = figuresIn("docs/performance.md");
  const counted = execFileSync(process.execPath, ["validate-wasm.js", "--sizes"], { cwd: root, encoding: "utf8" });
  const parts = counted.split("\n").filter(line => /^\w.* [\d.]+ %$/.test(line) && !line.startsWith("total"));
  assert.ok(parts.length >= 8);
  for (const line of parts) {
    const [, name, bytes] = /^(.*?) {2,}(?:\d+ +)?(\d+) +[\d.]+ %$/.exec(line);
    assert.ok(isNear(said.get(name), Number(bytes)), `${name}: ${said.get(name)}, and it is ${bytes}`);
  }
});

test("the sizes of the drop-in scripts are nearly right", () => {
  const said = figuresIn("docs/performance.md");
  for (const name of ["lua-persistent.js", "lua-open.mjs", "lua-worker.mjs"]) {
    const { length } = brotliCompressSync(readFileSync(`${root}/web/${name}`));
    assert.ok(isNear(said.get(name), length), `${name}: ${said.get(name)}, and it is ${length}`);
  }
});

test("the commands in the documents are those that there are: npm's in package.json, the others as files", () => {
  const { scripts } = JSON.parse(read("package.json"));
  for (const document of DOCUMENTS) {
    const text = read(document);
    for (const [command, name] of text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g)) {
      assert.ok(Object.hasOwn(scripts, name), `${document}: ${command}`);
    }
    for (const [command, file] of text.matchAll(/\b(?:node|sh) (?:-\S+ )*([\w./-]+)/g)) {
      if (/[./]/.test(file)) assert.ok(existsSync(`${root}/${file}`), `${document}: ${command}`);
    }
  }
});

test("the files and folders that the documents name are there", () => {
  const made = /^(target|js\/dist|web\/(lua|wasm))/;
  for (const document of DOCUMENTS.filter(name => name !== "docs/abi.md")) {
    for (const [, name] of read(document).matchAll(
      /`((?:src|js|lua|shim-libc|web|docs|tests|bench|fuzz|validate)\/[\w./-]*)`/g,
    )) {
      assert.ok(made.test(name) || existsSync(`${root}/${name}`), `${document}: ${name}`);
    }
  }
});

test("the links between the documents lead to files", () => {
  for (const document of DOCUMENTS) {
    for (const [, target] of read(document).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      assert.ok(existsSync(path.resolve(root, path.dirname(document), target)), `${document}: ${target}`);
    }
  }
});

test("the table of options has the options that there are", async () => {
  const { message } = await LuaPersistent.openWorker({ "no option": 1 }).catch(error => error);
  const [, known] = /only (.*)$/.exec(message);
  const [table] = /\| option \| is \|\n(?:\|.*\n)+/.exec(read("js/README.md"));
  const listed = Array.from(table.matchAll(/^\| `(\w+)`/gm), ([, name]) => name);
  assert.deepEqual(listed.sort(), known.split(", ").sort());
});

test("the tables in docs/servers.md are those that the store in PostgreSQL makes", () => {
  const { create } = sqlOf(undefined);
  const [, said] = /^```sql\n([^]*?)^```/m.exec(read("docs/servers.md"));
  assert.equal(said.trim(), create.slice(create.indexOf("CREATE")).replaceAll(" IF NOT EXISTS", ""));
});

test("README's two commands are what CI runs in a clean clone", () => {
  const [, commands] = /^## Start\n+```sh\n([^]*?)^```/m.exec(read("README.md"));
  assert.deepEqual(commands.match(/^npm \w+/gm), ["npm start", "npm test"]);
  assert.match(read(".ci/run"), /^node tests\/start\.mjs\nnpm test$/m);
  assert.match(read("tests/start.mjs"), /spawn\("npm", \["start"/);
  assert.match(read(".github/workflows/ci.yml"), /bash \.ci\/run/);
});
