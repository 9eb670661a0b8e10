// The rooms of js/src/: what each may import, and what no module of the package has.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SRC = fileURLToPath(new URL("../../js/src/", import.meta.url));
const DIST = fileURLToPath(new URL("../../js/dist/", import.meta.url));
const modules = (folder, end) => readdirSync(folder, { recursive: true }).filter(name => name.endsWith(end));

/** From the lowest to the highest; those of one line do not know each other. */
const ROOMS = [
  ["bytes"],
  ["core"],
  ["values"],
  ["host", "stores", "image"],
  ["session", "node"],
  ["worker"],
  ["pool"],
  ["."],
  ["command"],
];
const level = name => ROOMS.findIndex(rooms => rooms.includes(path.dirname(name)));

/** @returns {string[]} what a module imports, as paths from SRC */
function imports(name, { types }) {
  const text = readFileSync(SRC + name, "utf8");
  const found = [...text.matchAll(/^(?:import|export)( type)? [^;]*?from "(\.[^"]+)";/gms)];
  const inTypes = [...text.matchAll(/import\("(\.[^"]+)"\)/g)].map(([, spec]) => [null, true, spec]);
  const counted = [...found, ...inTypes].filter(([, isType]) => types || !isType);
  return counted.map(([, , spec]) => path.join(path.dirname(name), spec));
}

test("imports go downwards only", () => {
  const upward = [];
  for (const name of modules(SRC, ".ts")) {
    for (const other of imports(name, { types: true })) {
      const isSame = path.dirname(name) === path.dirname(other);
      if (!isSame && level(other) >= level(name)) upward.push(`${name} imports ${other}`);
    }
  }
  assert.deepEqual(upward, []);
});

test("no module is reached from itself, by types neither", () => {
  const circles = [];
  const visit = (name, way) => {
    if (way.includes(name)) return circles.push([...way.slice(way.indexOf(name)), name].join(" -> "));
    for (const other of imports(name, { types: true })) if (!done.has(other)) visit(other, [...way, name]);
    done.add(name);
  };
  const done = new Set();
  for (const name of modules(SRC, ".ts")) if (!done.has(name)) visit(name, []);
  assert.deepEqual(circles, []);
});

test("the worker's script reaches nothing that starts it, nor a kind of store", () => {
  const seen = new Set();
  const visit = name => seen.has(name) || (seen.add(name), imports(name, { types: false }).forEach(visit));
  visit("worker/worker.ts");
  for (const name of ["worker/thread.ts", "worker/handle.ts", "worker/script.ts", "stores/kinds.ts"])
    assert.ok(!seen.has(name), name);
});

test("no module but those of the command awaits at its top, imports a module of Node by name, or sets a global", () => {
  // What inlined.js has of scripts is text.
  for (const name of modules(DIST, ".js").filter(name => !/^(classic|command)\/|^inlined\.js$/.test(name))) {
    const text = readFileSync(DIST + name, "utf8").replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(text, /^await |^(?:const|let|export) [^\n{(]*= await /m, name);
    assert.doesNotMatch(text, /(?:from|import\(|import|require\() ?["']node:/, name);
    assert.doesNotMatch(text, /globalThis\.\w+ = |Object\.assign\(globalThis/, name);
  }
});

test("lua.wasm, its twin and the worker's script are named in the forms that bundlers know", () => {
  const has = (name, text) => assert.ok(readFileSync(DIST + name, "utf8").includes(text), name);
  has("core/default-wasm.js", 'new URL("../lua.wasm", import.meta.url)');
  has("core/default-wasm.js", 'new URL("../lua-exnref.wasm", import.meta.url)');
  has("worker/script.js", 'new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "lua" })');
});
