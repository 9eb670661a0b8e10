// The programs in the READMEs run as they stand, in a project that has the package, and print what the READMEs say.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PROJECT = `${root}/target/documents/`;

before(() => {
  rmSync(PROJECT, { recursive: true, force: true });
  mkdirSync(`${PROJECT}node_modules`, { recursive: true });
  symlinkSync(`${root}/js`, `${PROJECT}node_modules/lua-persistent`);
  mkdirSync(`${PROJECT}node_modules/.bin`);
  symlinkSync("../lua-persistent/dist/command/main.js", `${PROJECT}node_modules/.bin/lua-persistent`);
  symlinkSync(`${root}/web`, `${PROJECT}web`);
});
after(() => rmSync(PROJECT, { recursive: true, force: true }));

/** Every fenced block, in their order. */
const blocksOf = document =>
  Array.from(document.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm), ([, language, text]) => ({ language, text }));

for (const [name, least] of [
  ["README.md", 2],
  ["js/README.md", 3],
  ["docs/durable.md", 1],
]) {
  const blocks = blocksOf(readFileSync(`${root}/${name}`, "utf8"));

  blocks.forEach(({ language, text }, place) => {
    if (language !== "js") return;
    test(`${name}: the program in block ${place + 1} prints what the block after it says`, () => {
      const printed = execFileSync(process.execPath, ["--input-type=module", "-e", text], {
        cwd: PROJECT,
        encoding: "utf8",
      });
      assert.deepEqual({ language: "text", text: printed }, blocks[place + 1]);
    });
  });

  for (const { text } of blocks.filter(({ language }) => language === "console")) {
    test(`${name}: the commands of a transcript print what is after them`, () => {
      const commands = text.split(/^\$ (.*)\n/m).slice(1);
      let said = "";
      for (let at = 0; at < commands.length; at += 2) {
        const printed = execFileSync("sh", ["-c", `{ ${commands[at]}\n} 2>&1 || true`], {
          cwd: PROJECT,
          encoding: "utf8",
        });
        said += `$ ${commands[at]}\n${printed}`;
      }
      assert.equal(said, text);
    });
  }

  test(`${name}: there are programs`, () => {
    assert.ok(blocks.filter(({ language }) => language === "js").length >= least);
  });
}
