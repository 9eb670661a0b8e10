// The text of a notebook is never lost: not by another tab, not by a damaged entry, not in a full store.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { KeptNotebook, notebookOf, notebookText, readNotebook } from "../../web/page/logic/notebook.mjs";
import { FakeStorage } from "../stores/fakes.mjs";

let storage;
beforeEach(() => (storage = new FakeStorage()));
const kept = () => new KeptNotebook(storage, "page");

test("what was saved is loaded, with its cursors", () => {
  const notebook = {
    cells: [
      { code: "a", head: 1 },
      { code: "b\n", head: 0 },
    ],
    active: 1,
  };
  assert.equal(kept().save(notebook), false);
  assert.deepEqual(kept().load(), notebook);
  assert.equal(new KeptNotebook(storage, "other").load(), null);
});

test("text that another tab wrote meanwhile is kept among the earlier ones", () => {
  const [first, second] = [kept(), kept()];
  first.load();
  second.load();
  first.save(notebookOf(["first"]));
  assert.equal(second.save(notebookOf(["second"])), true);
  assert.equal(first.save(notebookOf(["first", "more"])), true);
  const texts = first.earlier().map(({ text }) => readNotebook(text).cells.map(({ code }) => code));
  assert.deepEqual(texts, [["second"], ["first"]]);
  assert.deepEqual(kept().load(), notebookOf(["first", "more"]));
});

test("nothing is written when nothing has changed", () => {
  const notebook = kept();
  notebook.save(notebookOf(["x"]));
  storage.quota = 0;
  assert.equal(notebook.save(notebookOf(["x"])), false);
  assert.throws(() => notebook.save(notebookOf(["y"])), { name: "QuotaExceededError" });
  assert.deepEqual(kept().load(), notebookOf(["x"]));
});

test("an entry that cannot be read is kept aside, and not overwritten", () => {
  storage.setItem("lua_page/page", "{ damaged");
  const notebook = kept();
  assert.equal(notebook.load(), null);
  notebook.save(notebookOf(["new"]));
  assert.deepEqual(
    notebook.earlier().map(({ text }) => text),
    ["{ damaged"],
  );
});

test("the twenty newest earlier texts are kept, each once", () => {
  const notebook = kept();
  for (let i = 1; i <= 25; i++) notebook.keep(notebookOf([`text ${i}`]));
  notebook.keep(notebookOf(["text 25"]));
  const texts = notebook.earlier().map(({ text }) => readNotebook(text).cells[0].code);
  assert.equal(texts.length, 20);
  assert.equal(texts[0], "text 25");
  assert.equal(texts[19], "text 6");
});

test("what is no notebook is refused with the reason", () => {
  assert.throws(() => readNotebook("[]"), /there are no cells/);
  assert.throws(() => readNotebook('{"cells":[]}'), /there are no cells/);
  assert.throws(() => readNotebook('{"cells":[{}]}'), /a cell of this notebook has no text/);
  assert.throws(() => readNotebook('{"version":2,"cells":[{"code":""}]}'), /written by a newer page \(version 2\)/);
  const strange = readNotebook('{"cells":[{"code":"x","head":"y"}],"active":7}');
  assert.deepEqual(strange, notebookOf(["x"]));
  assert.deepEqual(readNotebook(notebookText(strange)), strange);
});

test("where only the cursor has moved, the text of another tab stays", () => {
  const [first, second] = [kept(), kept()];
  first.save(notebookOf(["old"]));
  second.load();
  second.save(notebookOf(["new"]));
  const moved = notebookOf(["old"]);
  moved.cells[0].head = 2;
  assert.equal(first.save(moved), false);
  assert.deepEqual(kept().load(), notebookOf(["new"]));
  assert.equal(first.save(notebookOf(["old and more"])), true);
});

test("an entry that cannot be read needs no room before something is saved", () => {
  storage.setItem("lua_page/page", "{ damaged");
  storage.quota = storage.used;
  const notebook = kept();
  assert.equal(notebook.load(), null);
  assert.throws(() => notebook.save(notebookOf(["new"])), { name: "QuotaExceededError" });
  assert.equal(storage.getItem("lua_page/page"), "{ damaged");
});

test("when a notebook was opened is noted, and a full store changes nothing about it", () => {
  kept().noteVisit(5);
  assert.equal(storage.getItem("lua_page_opened/page"), "5");
  storage.quota = 0;
  kept().noteVisit(6);
  assert.equal(storage.getItem("lua_page_opened/page"), "5");
});
