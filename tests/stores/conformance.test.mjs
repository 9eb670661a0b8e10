// Every kind of store in Node does the same; those of databases that are shared are in tests/servers.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { folderStore, sqliteStore } from "../../js/dist/node.js";
import { memoryStore } from "../../js/dist/stores.js";
import { conforms } from "./conformance.mjs";
import { FakeStorage, onStorage } from "./fakes.mjs";

const folder = mkdtempSync(join(tmpdir(), "lua-conforms-"));
after(() => rmSync(folder, { recursive: true }));
let places = 0;
const named = label => (what, run) => test(`${label}: ${what}`, run);
const path = () => join(folder, String(places++));

conforms(named("memory"), () => {
  const records = new Map();
  return { store: () => memoryStore(records), isUnlocked: true };
});
conforms(named("localStorage"), () => {
  const storage = new FakeStorage();
  return { store: () => onStorage(storage), isUnlocked: true };
});
conforms(named("folder"), () => {
  const place = path();
  return { store: () => folderStore(place) };
});
/** @returns what a program has that requires it; undefined for what is not there */
function required(name) {
  try {
    return createRequire(import.meta.url)(name);
  } catch {
    return undefined;
  }
}

// Those that are there. SQLITE_PACKAGE is the path of one more package.
for (const name of ["node:sqlite", "libsql", process.env.SQLITE_PACKAGE].filter(Boolean)) {
  const found = required(name);
  const Database = found?.DatabaseSync ?? found;
  if (!Database) continue;
  conforms(named(`SQLite by ${basename(name)}`), () => {
    const file = path();
    return { store: () => sqliteStore(file, { Database }) };
  });
}
