// Names of notebooks: which one an address means, which are free, which are kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOf,
  freeName,
  isOld,
  keptNames,
  nameIn,
  openedKey,
  openedNames,
  titleOf,
} from "../../web/page/logic/names.mjs";
import { FakeStorage } from "../stores/fakes.mjs";

test("an address names a notebook, and no name reaches into the keys of another", () => {
  assert.equal(nameIn(""), "page");
  assert.equal(nameIn("?notebook=My%20maps"), "My maps");
  assert.equal(nameIn("?notebook=a/b%00c"), "a b c");
  assert.equal(nameIn("?notebook=%20/"), "page");
  assert.equal(nameIn(`?notebook=${"x".repeat(500)}`).length, 80);
  assert.equal(nameIn(new URL(addressOf("a&b=c #1"), "http://x/").search), "a&b=c #1");
  assert.equal(addressOf("page"), "./");
});

test("a copy has a name that is free", () => {
  assert.equal(freeName("Copy", []), "Copy");
  assert.equal(freeName("Copy", ["Copy"]), "Copy 2");
  assert.equal(freeName("Copy 2", ["Copy", "Copy 2", "Copy 3"]), "Copy 4");
  assert.equal(freeName(" / ", []), "Notebook");
  assert.equal(titleOf("page"), "Your first notebook");
});

test("the notebooks whose texts are kept are found by their keys", () => {
  const storage = new FakeStorage();
  for (const key of ["lua_page/page", "lua_page/Copy 2", "lua_page_earlier/page/1", "lua_page_theme", "other"])
    storage.setItem(key, "x");
  assert.deepEqual(keptNames(storage).sort(), ["Copy 2", "page"]);
});

test("only notebooks that nobody named are old, a month after they were opened", () => {
  const now = Date.UTC(2026, 0, 31);
  const opened = now - 31 * 24 * 3600 * 1000;
  assert.ok(isOld({ name: "shared-0123456789abcdef", opened }, now));
  assert.ok(isOld({ name: "embed-0123456789abcdef", opened }, now));
  assert.ok(!isOld({ name: "shared-0123456789abcdef", opened: opened + 2 * 24 * 3600 * 1000 }, now));
  assert.ok(!isOld({ name: "shared-0123456789abcdef", opened: null }, now), "nobody knows");
  for (const name of ["page", "Maps", "shared-maps"]) assert.ok(!isOld({ name, opened }, now), name);
});

test("those that were opened are found, though their texts were never written", () => {
  const storage = new FakeStorage();
  storage.setItem(openedKey("shared-0123456789abcdef"), "1");
  assert.deepEqual(openedNames(storage), ["shared-0123456789abcdef"]);
  assert.deepEqual(keptNames(storage), []);
});
