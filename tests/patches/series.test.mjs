// The series of patches and the command that edits it (lua/patches.mjs): what is saved, and what is said of later patches.
import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Series, split } from "../../lua/patches.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PATCHES = path.join(ROOT, "lua/patches");
const [STOCK, PATCHED] = readFileSync(path.join(ROOT, "target/lua.sources"), "utf8").split("\n");

/** Every file of a folder, as text. */
const contents = folder =>
  Object.fromEntries(readdirSync(folder).map(file => [file, readFileSync(path.join(folder, file), "utf8")]));

/** A series in a folder of its own: ours, or patches of two small files. */
function series(t, patches) {
  const folder = mkdtempSync(path.join(tmpdir(), "patches-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [series, stock, work] = ["series", "stock", "work"].map(name => path.join(folder, name));
  cpSync(patches ? path.join(PATCHES, "README.md") : PATCHES, patches ? path.join(series, "README.md") : series, {
    recursive: true,
  });
  if (patches) {
    cpSync(path.join(STOCK, "lopcodes.c"), path.join(stock, "one.c"));
    cpSync(path.join(STOCK, "linit.c"), path.join(stock, "two.c"));
    for (const [name, text] of Object.entries(patches)) writeFileSync(path.join(series, `${name}.patch`), text);
  }
  return { series: new Series(series, patches ? stock : STOCK, work), patches: series, work, folder };
}

const NAMES = readdirSync(PATCHES).filter(file => file.endsWith(".patch"));

test("patches have a number of four digits each, and words", () => {
  for (const name of NAMES) assert.match(name, /^\d{4}-[a-z0-9-]+\.patch$/);
  assert.equal(new Set(NAMES.map(name => name.slice(0, 4))).size, NAMES.length);
});

test("each has a head that says why it is there and what it costs, and its line in the README", () => {
  const table = readFileSync(path.join(PATCHES, "README.md"), "utf8");
  for (const name of NAMES) {
    const { head } = split(readFileSync(path.join(PATCHES, name), "utf8"));
    assert.match(head, /^\S.*\.\n\nWhy: [^]*\nWhat it costs: /, name);
    assert.ok(table.includes(`| \`${path.basename(name, ".patch")}\` |`), name);
  }
});

test("all of them, applied to Lua's sources as they came, are the sources that the build compiles", t => {
  const { series: ours, folder } = series(t);
  ours.applyUntil("9999", path.join(folder, "all"));
  assert.deepEqual(contents(path.join(folder, "all")), contents(PATCHED));
});

for (const name of [NAMES[0], NAMES[NAMES.length >> 1], NAMES.at(-1)]) {
  test(`${name}, edited and saved without a change, is what it was to the byte; so are all others`, t => {
    const { series: ours, patches } = series(t);
    ours.edit(name.slice(0, 4));
    ours.save();
    assert.deepEqual(contents(patches), contents(PATCHES));
  });
}

const HEAD = "Says so.\n\nWhy: a test.\nWhat it costs: nothing.\n\n";
const change = (file, line, before, old, now, after) =>
  `--- ${file}\n+++ ${file}\n@@ -${line},3 +${line},3 @@\n ${before}\n-${old}\n+${now}\n ${after}\n`;
/** Three patches: the second rewrites what the first wrote. */
const SMALL = {
  "0001-first":
    HEAD +
    change(
      "two.c",
      2,
      "** $Id: linit.c $",
      "** Initialization of libraries for lua.c and other clients",
      "** first",
      "** See Copyright Notice in lua.h",
    ),
  "0002-second":
    HEAD + change("two.c", 2, "** $Id: linit.c $", "** first", "** second", "** See Copyright Notice in lua.h"),
  "0003-third":
    HEAD +
    change(
      "one.c",
      2,
      "** $Id: lopcodes.c $",
      "** Opcodes for Lua virtual machine",
      "** third",
      "** See Copyright Notice in lua.h",
    ),
};

test("what is changed in the folder is saved: in a file of the patch and in another one", t => {
  const { series: small, patches, work } = series(t, SMALL);
  small.edit("0003");
  for (const file of ["one.c", "two.c"]) appendFileSync(path.join(work, file), "/* more */\n");
  assert.equal(small.save(), "0003-third is saved; 0 later ones apply");
  const { head, parts } = split(readFileSync(path.join(patches, "0003-third.patch"), "utf8"));
  assert.equal(head, HEAD);
  assert.deepEqual([...parts.keys()], ["one.c", "two.c"]);
  for (const part of parts.values()) assert.match(part, /^\+\/\* more \*\/$/m);
});

test("an edited patch has what it changes as uncommitted changes, on those ahead of it", t => {
  const { series: small, work } = series(t, SMALL);
  small.edit("0002");
  assert.match(readFileSync(path.join(work, "two.c"), "utf8"), /second/);
  assert.match(readFileSync(path.join(work, "one.c"), "utf8"), /Opcodes for Lua/);
});

test("a change that a later patch does not apply to is saved, and the first such patch is named", t => {
  const { series: small, patches, work } = series(t, SMALL);
  small.edit("0001");
  const file = path.join(work, "two.c");
  writeFileSync(file, readFileSync(file, "utf8").replace("** first", "** one"));
  assert.throws(() => small.save(), /^Error: 0002-second does not apply to two\.c: node lua\/patches\.mjs edit 0002$/);
  assert.match(readFileSync(path.join(patches, "0001-first.patch"), "utf8"), /^\+\*\* one$/m);
  assert.match(small.edit("0002"), /does not apply to two\.c: .*\.rej/);
  assert.throws(() => small.save(), /two\.c\.rej/);
  rmSync(`${file}.rej`);
  writeFileSync(file, readFileSync(file, "utf8").replace("** one", "** second"));
  assert.equal(small.save(), "0002-second is saved; 1 later ones apply");
});

test("a new patch has a head to fill in; a number that is taken is refused", t => {
  const { series: small, patches, work } = series(t, SMALL);
  assert.throws(() => small.edit("0003-other"), /0003-third has that number/);
  assert.throws(() => small.edit("4"), /there is no patch 4/);
  small.edit("0004-fourth");
  appendFileSync(path.join(work, "one.c"), "/* four */\n");
  small.save();
  assert.match(
    readFileSync(path.join(patches, "0004-fourth.patch"), "utf8"),
    /^What it does.*\n\nWhy: \nWhat it costs: \n\n--- one\.c\n/,
  );
});

test("a file that Lua does not have is refused", t => {
  const { series: small, work } = series(t, SMALL);
  small.edit("0003");
  writeFileSync(path.join(work, "new.c"), "");
  assert.throws(() => small.save(), /^Error: new\.c: a patch makes no files/);
});

test("changes that are not saved are not thrown away", t => {
  const { series: small, work } = series(t, SMALL);
  small.edit("0002");
  appendFileSync(path.join(work, "one.c"), "/* more */\n");
  assert.throws(() => small.edit("0001"), /changes that are not saved/);
  small.save();
  small.edit("0001");
});
