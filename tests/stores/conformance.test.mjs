// Every kind of store in Node does the same; those of databases that are shared are in tests/servers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
conforms(named("SQLite"), () => {
  const file = path();
  return { store: () => sqliteStore(file) };
});
