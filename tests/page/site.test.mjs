// dist/, the page as a static site: whole, and without addresses that begin at the root of a server.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
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

test("the service worker keeps every file that the page needs, by its hash", () => {
  const service = read("page-service.js");
  const kept = new Map(Array.from(service.matchAll(/"([^"]+)":"(sha256-[^"]+)"/g), ([, name, hash]) => [name, hash]));
  const later = ["page-alone.html", "page-licences.txt", "page-service.js"];
  const names = readdirSync(SITE).map(name => (name === "index.html" ? "./" : name));
  assert.deepEqual([...kept.keys()].sort(), names.filter(name => !later.includes(name)).sort());
  for (const [name, hash] of kept) {
    const bytes = readFileSync(new URL(name === "./" ? "index.html" : name, SITE));
    assert.equal(hash, `sha256-${createHash("sha256").update(bytes).digest("base64")}`, name);
  }
});

test("the icons are PNG files of the sizes that the manifest says", () => {
  for (const { src, sizes, type } of JSON.parse(read("page.webmanifest")).icons) {
    if (type !== "image/png") continue;
    const bytes = readFileSync(new URL(src, SITE));
    assert.equal(bytes.toString("latin1", 1, 4), "PNG");
    assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes);
  }
});

test("the licences of what is in the scripts go with them", () => {
  const text = read("page-licences.txt");
  for (const name of ["idb", "@codemirror/view", "@codemirror/legacy-modes", "style-mod", "crelt"])
    assert.match(text, new RegExp(`^${name}$`, "m"));
});
