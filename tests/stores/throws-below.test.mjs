// What a store is made of throws at any call of a commit, before it does something or after: the store has what was there
// before or all of the commit, and the next commit has everything.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { folderStore, sqliteStore } from "../../js/dist/node.js";
import { FakeStorage, bytes, contents, onStorage, open, random, reopened, unit } from "./fakes.mjs";

const folder = mkdtempSync(join(tmpdir(), "lua-throws-"));
after(() => rmSync(folder, { recursive: true }));
const Database = await import("node:sqlite").then(
  ({ DatabaseSync }) => DatabaseSync,
  async () => (await import("libsql")).default,
);
const anyFile = await fs.open(join(folder, "any"), "w");
const FileHandle = Object.getPrototypeOf(anyFile);
await anyFile.close();
const Statement = Object.getPrototypeOf(new Database(join(folder, "any.db")).prepare("SELECT 1"));

let files = 0;
function onFile() {
  const file = join(folder, `${files++}.db`);
  return { store: () => sqliteStore(file) };
}
function inFolder() {
  const path = join(folder, `${files++}`);
  return { store: () => folderStore(path) };
}
function inStorage() {
  const storage = new FakeStorage();
  return { storage, store: () => onStorage(storage) };
}

/** [how a place for a store is made, what is called there, when it may throw: a Storage that throws has done nothing] */
const CALLS = {
  "localStorage setItem": [inStorage, ({ storage }) => [storage, "setItem"], ["before"]],
  "localStorage removeItem": [inStorage, ({ storage }) => [storage, "removeItem"], ["before", "after"]],
  "localStorage getItem": [inStorage, ({ storage }) => [storage, "getItem"], ["before"]],
  "SQLite prepare": [onFile, () => [Database.prototype, "prepare"], ["before", "after"]],
  "SQLite exec": [onFile, () => [Database.prototype, "exec"], ["before", "after"]],
  "SQLite run": [onFile, () => [Statement, "run"], ["before", "after"]],
  "SQLite get": [onFile, () => [Statement, "get"], ["before", "after"]],
  "folder open": [inFolder, () => [fs, "open"], ["before"]],
  "folder readFile": [inFolder, () => [fs, "readFile"], ["before"]],
  "folder rename": [inFolder, () => [fs, "rename"], ["before", "after"]],
  "folder rm": [inFolder, () => [fs, "rm"], ["before", "after"]],
  "folder sync": [inFolder, () => [FileHandle, "sync"], ["before", "after"]],
  "folder writeFile": [inFolder, () => [FileHandle, "writeFile"], ["before", "after"]],
};

/** Has a method throw at its call number `at`. */
function throwing([object, name], at, when) {
  const own = Object.getOwnPropertyDescriptor(object, name);
  const method = object[name];
  const hook = { calls: 0, restore: () => (own ? Object.defineProperty(object, name, own) : delete object[name]) };
  const value = function (...args) {
    const isIt = hook.calls++ === at;
    if (isIt && when === "before") throw new RangeError("boom");
    const result = method.apply(this, args);
    if (isIt) throw new RangeError("boom");
    return result;
  };
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return hook;
}

const noise = random(5);
const large = Uint8Array.from({ length: 9000 }, () => noise(256));

function change(tables) {
  tables.set(1, "a", bytes(1));
  tables.set(2, "large", large);
  tables.delete(1, "old");
}

/** @returns {Promise<number>} how often the method was called */
async function attempt([place, method], at, when, isNew) {
  const here = place();
  if (!isNew) {
    const before = await open(here.store());
    await unit(before, tables => (tables.set(1, "kept", bytes(1)), tables.set(1, "old", bytes(1))));
    await before.persistence.close();
  }
  const it = await open(here.store());
  const hook = throwing(method(here), at, when);
  const error = await unit(it, change)
    .then(
      () => null,
      thrown => thrown,
    )
    .finally(hook.restore);
  assert.equal(it.persistence.hasPending, error !== null);
  it.tables.set(1, "later", bytes(2));
  await it.persistence.flush();
  await it.persistence.close();
  assert.deepEqual(await reopened(here.store()), contents(it.tables));
  return hook.calls;
}

for (const [what, [place, method, times]] of Object.entries(CALLS)) {
  for (const when of times) {
    test(`${what} throws ${when} it has done its work, at any call of a commit: the next commit has everything`, async () => {
      for (const isNew of [true, false]) {
        for (let at = 0, calls = 1; at < calls; at++) calls = await attempt([place, method], at, when, isNew);
      }
    });
  }
}
