// Starts workerd with worker.mjs and the package's modules as they are, and prints what it answers. Usage: in Node 22 or later,
// from the folder where the packages are.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { Miniflare } = require("miniflare");
const PACKAGE = "node_modules/lua-persistent/";

const text = path => readFileSync(path, "utf8");
const esModule = (path, contents = text(path)) => ({ type: "ESModule", path, contents });

/** @returns what the package's names stand for: workerd has modules by their paths, and no packages */
function entries() {
  const { exports } = JSON.parse(text(`${PACKAGE}package.json`));
  const target = name => exports[name].import?.default ?? exports[name].default;
  return Object.fromEntries(
    [".", "./stores", "./wasm-hash", "./lua.wasm", "./lua-exnref.wasm"].map(name => [
      name.replace(".", "lua-persistent"),
      `./${PACKAGE}${target(name).slice(2)}`,
    ]),
  );
}

function modules() {
  const known = entries();
  const named = text("worker.mjs").replace(/from "(lua-persistent[^"]*)"/g, (_, name) => `from "${known[name]}"`);
  const scripts = readdirSync(`${PACKAGE}dist`, { recursive: true }).filter(name => name.endsWith(".js"));
  const own = ["abi.mjs", "api.mjs", "checks.mjs", "durable-store.mjs", "host.mjs"];
  return [
    esModule("worker.mjs", named),
    ...own.map(path => esModule(path)),
    ...scripts.filter(name => !name.startsWith("classic")).map(name => esModule(`${PACKAGE}dist/${name}`)),
    ...["lua.wasm", "lua-exnref.wasm"].map(name => {
      const path = `${PACKAGE}dist/${name}`;
      return { type: "CompiledWasm", path, contents: readFileSync(path) };
    }),
  ];
}

const miniflare = new Miniflare({
  modules: modules(),
  compatibilityDate: "2026-06-01",
  durableObjects: { LUA: { className: "Lua", useSQLite: true } },
});
try {
  const answer = await miniflare.dispatchFetch("http://lua/");
  if (!answer.ok) throw new Error(await answer.text());
  console.log(await answer.text());
} finally {
  await miniflare.dispose();
}
