// getStats: its old form, and byte counts that follow every change.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { hostOf, loadFake, LuaPersistent } from "./fake-lua.mjs";

const MEGABYTE = 1024 * 1024;
let lua, host;

beforeEach(async () => {
  lua = await loadFake();
  host = hostOf(lua);
});

/** Half a megabyte, so that two decimals show one more or less. */
const half = new Uint8Array(MEGABYTE / 2);
const externalMB = () => lua.getStats().externalMB;

test("megabytes are text with two decimals, counts are numbers", () => {
  host.set(1, "a", [1]);
  host.set(1, "b", [1]);
  host.set(2, "a", [1]);
  assert.deepEqual(lua.getStats(), {
    linearMemoryMB: "2.00",
    externalTableCount: 2,
    externalTableItems: 3,
    externalMB: "0.00",
  });
});

test("before load everything is nothing", () => {
  assert.deepEqual(new LuaPersistent().getStats(), {
    linearMemoryMB: "0.00",
    externalTableCount: 0,
    externalTableItems: 0,
    externalMB: "0.00",
  });
});

test("keys and values count", () => {
  host.set(1, new Uint8Array(90_000), half);
  assert.equal(externalMB(), ((90_000 + half.length) / MEGABYTE).toFixed(2));
});

test("overwriting counts the new value only", () => {
  host.set(1, "k", half);
  host.set(1, "k", half);
  assert.equal(externalMB(), "0.50");
  host.set(1, "k", [1]);
  assert.equal(externalMB(), "0.00");
});

test("deleting takes the bytes away, once", () => {
  host.set(1, "k", half);
  host.set(1, "l", half);
  host.delete(1, "k");
  host.delete(1, "k");
  assert.equal(externalMB(), "0.50");
});

test("deleting takes the bytes of the key away too", () => {
  for (let i = 0; i < 60; i++) host.set(1, new Uint8Array(90_000).fill(i), [1]);
  for (let i = 0; i < 60; i++) host.delete(1, new Uint8Array(90_000).fill(i));
  assert.equal(externalMB(), "0.00");
});

test("restoring counts what was restored", () => {
  host.set(1, "k", half);
  const snapshot = lua.createSnapshot();
  host.set(2, "k", half);
  lua.restoreSnapshot(snapshot);
  assert.equal(externalMB(), "0.50");
  lua.restoreSnapshot({ tables: [] });
  assert.equal(externalMB(), "0.00");
});
