// Puts the page into the package, for `lua-persistent serve`: its own files. The scripts that it shares with other pages, and
// lua.wasm, are in dist/ already. build.sh runs it when both are made.
import { cpSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = path => fileURLToPath(new URL(path, import.meta.url));
const WEB = at("../web/");
const PAGE = at("dist/page/");

/** Neither what dist/ has, nor sources, nor their maps. */
const isOwn = name => statSync(WEB + name).isFile() && !/^(lua-|wasm-loader|lua\.)|^package\.json$|\.map$/.test(name);

for (const name of readdirSync(WEB).filter(isOwn)) cpSync(WEB + name, PAGE + name);
cpSync(at("../serve.js"), at("dist/command/page-server.js"));
