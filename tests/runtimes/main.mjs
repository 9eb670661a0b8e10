// Runs the checks in Node and what is like it, and prints a line of JSON: how many passed, and what failed. The package is
// imported by its name, as a program has it that installed it. With the argument `start` it only opens Lua once.
import { readFileSync } from "node:fs";
import * as lua from "lua-persistent";
import { folderStore, sqliteStore } from "lua-persistent/node";
import * as stores from "lua-persistent/stores";
import { wasmHash } from "lua-persistent/wasm-hash";
import { checkAbi } from "./abi.mjs";
import { checkApi } from "./api.mjs";
import { Checks, same } from "./checks.mjs";

const FILES = ["lua.wasm", "lua-exnref.wasm"];
const FOLDER = new URL("node_modules/lua-persistent/dist/", import.meta.url);

/** @returns the files that this engine takes, compiled */
function modules() {
  const bytes = FILES.map(name => [name, readFileSync(new URL(name, FOLDER))]);
  const taken = bytes.filter(([, each]) => WebAssembly.validate(each));
  return Object.fromEntries(taken.map(([name, each]) => [name, new WebAssembly.Module(each)]));
}

/** In SQLite where the runtime has it, as Node has from 22.5 on; elsewhere in a folder. */
function ownStore() {
  const hasSqlite = Boolean(process.getBuiltinModule?.("node:sqlite"));
  const path = new URL("tables", import.meta.url).pathname;
  return hasSqlite ? () => sqliteStore(`${path}.db`) : () => folderStore(path);
}

async function checkAll() {
  const taken = modules();
  const [abi, api] = [new Checks(), new Checks()];
  for (const name of Object.keys(taken)) {
    const other = Object.keys(taken).find(each => each !== name) ?? name;
    await checkAbi(abi, taken[name], taken[other]);
  }
  await checkApi(api, {
    lua,
    stores,
    wasmHash,
    modules: taken,
    ownStore: ownStore(),
    hasClock: true,
    hasWorkers: true,
  });
  return { files: Object.keys(taken), abi, api };
}

async function start() {
  const session = await lua.LuaPersistent.open();
  same((await session.run("return 1 + 1, pcall(string.rep) == false")).values, [2, true]);
  await session.close();
  return {};
}

console.log(JSON.stringify(process.argv[2] === "start" ? await start() : await checkAll()));
