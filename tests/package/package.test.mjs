// The npm package as a program has it that installed it: ways to load it, what it sets, what is packed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const JS = at("../../js");
const PROJECT = at("../../target/package/");

before(() => {
  rmSync(PROJECT, { recursive: true, force: true });
  mkdirSync(`${PROJECT}node_modules`, { recursive: true });
  symlinkSync(JS, `${PROJECT}node_modules/lua-persistent`);
  // A second copy, as when two packages of a program have one each.
  cpSync(JS, `${PROJECT}node_modules/other-copy`, { recursive: true });
});
after(() => rmSync(PROJECT, { recursive: true, force: true }));

/** Runs a program in the project. @returns what it printed, as JSON */
function run(code, type, ...flags) {
  const text = execFileSync(process.execPath, [...flags, `--input-type=${type}`, "-e", code], {
    cwd: PROJECT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return JSON.parse(text);
}

const USE = `
  const lua = await LuaPersistent.open();
  const worker = await LuaPersistent.openWorker();
  const fork = await LuaPersistent.openImage(await lua.saveImage());
  const error = await worker.run("error('no')").catch((thrown) => thrown);
  const refused = await LuaPersistent.open({ store: "indexedDB" }).catch((thrown) => thrown);
  const values = [(await lua.run("return 1 + 1")).values, (await worker.run("return 2")).values, (await fork.run("return 3")).values];
  await worker.close();
  const globals = Object.getOwnPropertyNames(globalThis).filter((name) => /lua/i.test(name));
  console.log(JSON.stringify({ values, globals, isLuaError: error instanceof LuaError, isStoreError: refused instanceof StoreError }));`;
const GOOD = { values: [[2], [2], [3]], globals: [], isLuaError: true, isStoreError: true };

test("it is imported, and sets no global", () => {
  assert.deepEqual(run(`import { LuaError, LuaPersistent, StoreError } from "lua-persistent"; ${USE}`, "module"), GOOD);
});

test("it is required, with all its classes, and sets no global", () => {
  assert.deepEqual(
    run(
      `const { LuaError, LuaPersistent, StoreError } = require("lua-persistent"); (async () => {${USE}})();`,
      "commonjs",
    ),
    GOOD,
  );
});

test("where Node does not require modules a CommonJS build does the same", () => {
  assert.deepEqual(
    run(
      `const { LuaError, LuaPersistent, StoreError } = require("./node_modules/lua-persistent/dist/index.cjs"); (async () => {${USE}})();`,
      "commonjs",
    ),
    GOOD,
  );
});

test("the classes of ./stores are those of the package", () => {
  const code = load =>
    `${load} console.log(JSON.stringify([one.StoreError === two.StoreError, two.busy("shelf") instanceof one.StoreError]));`;
  const imported = code('const [one, two] = [await import("lua-persistent"), await import("lua-persistent/stores")];');
  assert.deepEqual(run(imported, "module"), [true, true]);
  const required = code(
    'const [one, two] = [require("./node_modules/lua-persistent/dist/index.cjs"), require("./node_modules/lua-persistent/dist/stores.cjs")];',
  );
  assert.deepEqual(run(required, "commonjs"), [true, true]);
});

test("./inline has all that it needs in it, in one file far from the package", async () => {
  const contents = `import { LuaError, LuaPersistent, StoreError } from "lua-persistent/inline"; ${USE}`;
  const built = { bundle: true, minify: true, format: "esm", outfile: `${PROJECT}alone/main.mjs`, logLevel: "error" };
  await build({ ...built, stdin: { contents, resolveDir: PROJECT } });
  assert.deepEqual(run('await import("./alone/main.mjs");', "module"), GOOD);
  const lines = readFileSync(built.outfile, "utf8").split("\n");
  assert.ok(lines.length > 2500, "text in it has lines: an uncaught error shows one");
});

test("./inline has the classes of the package", () => {
  const same = "console.log(JSON.stringify([one.LuaPersistent === two.LuaPersistent]));";
  const imported = 'const [one, two] = [await import("lua-persistent"), await import("lua-persistent/inline")];';
  assert.deepEqual(run(imported + same, "module"), [true]);
  const at = name => `require("./node_modules/lua-persistent/dist/${name}.cjs")`;
  assert.deepEqual(run(`const [one, two] = [${at("index")}, ${at("inline")}]; ${same}`, "commonjs"), [true]);
});

test("two copies in one program do not disturb each other", () => {
  const answers = run(
    `
    const one = await import("lua-persistent");
    const two = await import("other-copy");
    const answers = [];
    for (const { LuaError, LuaPersistent } of [one, two]) {
      const lua = await LuaPersistent.open();
      const error = await lua.run("error('no')").catch((thrown) => thrown);
      answers.push([one.LuaError, two.LuaError].map((Class) => error instanceof Class));
    }
    console.log(JSON.stringify(answers));`,
    "module",
  );
  assert.deepEqual(answers, [
    [true, false],
    [false, true],
  ]);
});

test("the classic script sets the global, and nothing else does", () => {
  const code = `await import("lua-persistent/classic"); const lua = await new LuaPersistent().load(); console.log(JSON.stringify(lua.eval("1 + 1")));`;
  assert.equal(run(code, "module"), "2");
});

test("the hash that it exports is that of its lua.wasm: an image of a module is opened with it", () => {
  const code = `
    import { LuaPersistent } from "lua-persistent";
    import wasmHash from "lua-persistent/wasm-hash";
    import { createRequire } from "node:module";
    import { readFileSync } from "node:fs";
    const wasm = await WebAssembly.compile(readFileSync(createRequire(process.cwd() + "/x.js").resolve("lua-persistent/lua.wasm")));
    const lua = await LuaPersistent.open({ wasm, wasmHash });
    await lua.run("x = 5");
    const fork = await LuaPersistent.openImage(await lua.saveImage());
    console.log(JSON.stringify((await fork.run("return x")).values));`;
  assert.deepEqual(run(code, "module"), [5]);
});

test("the repository has the version of its package", () => {
  const version = path => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
  assert.equal(version("../../package.json"), version("../../js/package.json"));
  assert.equal(version("../../package-lock.json"), version("../../js/package.json"));
});

test("every file that exports and bin name is there, and is packed", () => {
  const { exports, bin } = JSON.parse(readFileSync(`${JS}/package.json`, "utf8"));
  const targets = value => (typeof value === "string" ? [value] : Object.values(value).flatMap(targets));
  const packed = new Set(packedFiles());
  for (const target of [...targets(exports), ...targets(bin)].filter(path => !path.includes("*"))) {
    assert.ok(existsSync(`${JS}/${target}`), target);
    assert.ok(packed.has(target.replace("./", "")), `${target} is not packed`);
  }
});

const packedFiles = () => {
  const [{ files }] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--offline"], {
      cwd: JS,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  return files.map(({ path }) => path);
};

test("what is packed is the build, its types and maps, the page, lua.wasm and its twin, and what npm and its users read", () => {
  const odd = packedFiles().filter(path => !/^dist\/.*\.(js|cjs|mjs|d\.ts|d\.cts|map)$|^dist\/page\//.test(path));
  const read = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
  assert.deepEqual(odd.sort(), [...read, "dist/classic/package.json", "dist/lua-exnref.wasm", "dist/lua.wasm"].sort());
});
