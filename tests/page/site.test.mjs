// dist/, the page as a static site: whole, and without addresses that begin at the root of a server.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const SITE = new URL("../../dist/", import.meta.url);
const read = name => readFileSync(new URL(name, SITE), "utf8");

test("every file that the site's files name is there, and is named relative to them", () => {
  const named = [...read("index.html").matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, name]) => name);
  for (const script of readdirSync(SITE).filter(name => name.endsWith(".mjs"))) {
    const text = read(script);
    named.push(...[...text.matchAll(/(?:from|import\(|import|URL\()\s*"(\.\/[^"]+)"/g)].map(([, name]) => name));
  }
  assert.ok(named.length > 10);
  for (const name of new Set([...named, "lua.wasm"])) {
    if (name === "./") continue;
    assert.doesNotMatch(name, /^(\/|https?:)/);
    assert.ok(existsSync(new URL(name, SITE)), name);
  }
});

test("the licences of what is in the scripts go with them", () => {
  const text = read("page-licences.txt");
  for (const name of ["idb", "@codemirror/view", "@codemirror/legacy-modes", "style-mod", "crelt"])
    assert.match(text, new RegExp(`^${name}$`, "m"));
});
