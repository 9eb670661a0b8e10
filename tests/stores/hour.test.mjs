// One hour's use in fast motion: runs that save a changing world by assignment leave a store of the size of a fresh export.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { folderStore, sqliteStore } from "../../js/dist/node.js";
import { localStorageStore } from "../../js/dist/stores/local-storage-store.js";
import { FakeStorage } from "./fakes.mjs";
import { HOUR } from "./hour.mjs";

const Database = await import("node:sqlite").then(
  ({ DatabaseSync }) => DatabaseSync,
  async () => (await import("libsql")).default,
);
const wasm = new URL("../../web/lua.wasm", import.meta.url);

const sizeOf = records =>
  records.reduce(({ count, bytes }, [, value]) => ({ count: count + 1, bytes: bytes + value.length }), {
    count: 0,
    bytes: 0,
  });

/** Uses the store: it ends with as many records and bytes as a new one with the same contents, and has not many more meanwhile. */
async function hour(options, size, runs = HOUR.runs) {
  let lua = await LuaPersistent.open({ wasm, ...options });
  await lua.run(HOUR.begin);
  let most = 0;
  for (let i = 1; i <= runs; i++) {
    await lua.run(HOUR.step(i));
    if (i % 500 === 0) most = Math.max(most, (await size()).count);
  }
  await lua.close();
  const left = await size();
  lua = await LuaPersistent.open({ wasm, ...options });
  assert.equal((await lua.run(HOUR.check)).values[0], runs);
  const records = new Map();
  const fresh = await LuaPersistent.open({ wasm, store: memoryStore(records) });
  fresh.restoreSnapshot(lua.createSnapshot());
  await fresh.close();
  await lua.close();
  assert.deepEqual(left, sizeOf([...records]));
  assert.ok(most <= 3 * records.size + 300, `${most} records at the most`);
}

test("an hour with a store in memory", async () => {
  const records = new Map();
  await hour({ store: memoryStore(records) }, () => sizeOf([...records]));
});

test("an hour with localStorage", async () => {
  globalThis.localStorage = new FakeStorage();
  const size = async () => sizeOf([...(await localStorageStore({ name: "hour", lock: false }).load())]);
  await hour({ store: "localStorage", name: "hour", lock: false }, size);
  delete globalThis.localStorage;
});

test("an hour with SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lua-hour-"));
  const file = join(folder, "hour.db");
  const size = () => {
    const database = new Database(file);
    try {
      const { count, bytes } = database
        .prepare("SELECT count(*) AS count, sum(length(bytes)) AS bytes FROM records")
        .get();
      return { count, bytes };
    } finally {
      database.close();
    }
  };
  try {
    await hour({ store: sqliteStore(file) }, size);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// Each commit waits for the disk four times.
const FOLDER_RUNS = process.env.STORE_LONG === "1" ? HOUR.runs : 1000;

test("an hour with a folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lua-hour-"));
  // Read without a lock: by a store that only looks.
  const size = async () => {
    const store = folderStore(folder);
    const lock = await store.lock("readOnly");
    const records = sizeOf([...(await store.load())]);
    await lock.release();
    return records;
  };
  try {
    await hour({ store: folderStore(folder) }, size, FOLDER_RUNS);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
