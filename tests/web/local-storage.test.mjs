// saveToLocalStorage and loadFromLocalStorage, against a stand-in with a quota.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { hostOf, loadFake } from "./fake-lua.mjs";

/** As much of Storage as is used here. */
class FakeStorage {
  entries = new Map();
  quota = Infinity;

  getItem(name) {
    return this.entries.get(name) ?? null;
  }

  setItem(name, text) {
    if (text.length > this.quota) throw new DOMException("full", "QuotaExceededError");
    this.entries.set(name, text);
  }
}

const provide = property => Object.defineProperty(globalThis, "localStorage", { configurable: true, ...property });
let lua, host, storage;

beforeEach(async () => {
  storage = new FakeStorage();
  provide({ value: storage });
  lua = await loadFake();
  host = hostOf(lua);
});
afterEach(() => {
  delete globalThis.localStorage;
});

test("what was saved is there again after load, under the name given or 'default'", async () => {
  host.set(1, "k", [200]);
  lua.saveToLocalStorage();
  lua.saveToLocalStorage("__proto__");
  assert.deepEqual([...storage.entries.keys()], ["lua_snapshot_default", "lua_snapshot___proto__"]);
  for (const name of [undefined, "__proto__"]) {
    const next = await loadFake();
    assert.equal(next.loadFromLocalStorage(name), true);
    assert.deepEqual(hostOf(next).get(1, "k"), [200]);
  }
});

test("an entry that is not there is false and changes nothing", () => {
  host.set(1, "k", [1]);
  assert.equal(lua.loadFromLocalStorage("__proto__"), false);
  assert.deepEqual(host.get(1, "k"), [1]);
});

test("an entry of an earlier page loads", () => {
  storage.setItem("lua_snapshot_game", '{"timestamp":1,"tables":[{"id":1,"entries":[["aw==",{"0":4,"1":5}]]}]}');
  assert.equal(lua.loadFromLocalStorage("game"), true);
  assert.deepEqual(host.get(1, "k"), [4, 5]);
});

for (const json of ["", "null", "{", '{"version":2,"tables":[{"id":1,"entries":[["aw==","*"]]}]}']) {
  test(`the damaged entry ${JSON.stringify(json)} is an error with its name, and changes nothing`, () => {
    host.set(1, "k", [1]);
    storage.setItem("lua_snapshot_game", json);
    assert.throws(
      () => lua.loadFromLocalStorage("game"),
      /^Error: localStorage entry 'lua_snapshot_game' is damaged: /,
    );
    assert.deepEqual(host.get(1, "k"), [1]);
  });
}

test("a full storage is an error with name and size, and keeps the earlier entry", () => {
  host.set(1, "k", [1]);
  lua.saveToLocalStorage("game");
  const earlier = storage.getItem("lua_snapshot_game");
  storage.quota = 1000;
  host.set(1, "l", new Uint8Array(3000));
  assert.throws(() => lua.saveToLocalStorage("game"), /'lua_snapshot_game' \(4\d\d\d bytes\)/);
  assert.equal(storage.getItem("lua_snapshot_game"), earlier);
});

test("no localStorage, or a forbidden one, is an error that says so", () => {
  provide({ value: undefined });
  assert.throws(() => lua.saveToLocalStorage(), /localStorage cannot be used here: there is none/);
  provide({
    get() {
      throw new DOMException("access is denied", "SecurityError");
    },
  });
  assert.throws(() => lua.loadFromLocalStorage(), /localStorage cannot be used here: access is denied/);
});
