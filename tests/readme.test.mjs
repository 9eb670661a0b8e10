// The README's programs run as they stand and print what the README says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${root}/README.md`, "utf8");

/** Every fenced block, in their order. */
const blocks = Array.from(readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm), ([, language, text]) => ({
  language,
  text,
}));

blocks.forEach(({ language, text }, place) => {
  if (language !== "js") return;
  test(`the README's program in block ${place + 1} prints what the block after it says`, () => {
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", text], {
      cwd: root,
      encoding: "utf8",
    });
    assert.deepEqual({ language: "text", text: printed }, blocks[place + 1]);
  });
});

test("there are programs in the README", () => {
  assert.ok(blocks.filter(({ language }) => language === "js").length >= 3);
});

test("the README states the recorded sizes and limits", () => {
  const { limit, goal, recorded } = JSON.parse(readFileSync(`${root}/wasm-budget.json`, "utf8"));
  for (const bytes of [limit.raw, limit.brotli, goal.brotli, recorded.raw, recorded.gzip, recorded.brotli]) {
    assert.ok(readme.includes(bytes.toLocaleString("en-US")), `${bytes} is in the README`);
  }
});

test("the commands in the documents are those that there are: npm's in package.json, the others as files", () => {
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  for (const document of ["README.md", "SECURITY.md"]) {
    const text = readFileSync(`${root}/${document}`, "utf8");
    for (const [command, name] of text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g)) {
      assert.ok(Object.hasOwn(scripts, name), `${document}: ${command}`);
    }
    for (const [command, path] of text.matchAll(/\b(?:node|sh) (?:-\S+ )*([\w./-]+)/g)) {
      if (/[./]/.test(path)) assert.ok(existsSync(`${root}/${path}`), `${document}: ${command}`);
    }
  }
});

test("the two commands under Start are what CI runs in a clean clone", () => {
  const { text } = blocks.find(({ language }) => language === "sh");
  assert.deepEqual(text.match(/^npm \w+/gm), ["npm start", "npm test"]);
  const ci = readFileSync(`${root}/.ci/run`, "utf8");
  assert.match(ci, /^node tests\/start\.mjs\nnpm test$/m);
  assert.match(readFileSync(`${root}/tests/start.mjs`, "utf8"), /spawn\("npm", \["start"/);
  assert.match(readFileSync(`${root}/.github/workflows/ci.yml`, "utf8"), /bash \.ci\/run/);
});
