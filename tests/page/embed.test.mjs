// Pages around the page: their options and messages, and that nobody's names are another's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { embedName, embedOptions, originAround, readMessage } from "../../web/page/logic/embed.mjs";
import { readFragment } from "../../web/page/logic/share.mjs";

test("options are read from the address, and what is unknown is as if it were not there", () => {
  const none = { hasViewer: true, isReadOnly: false, runsAtOnce: false, theme: null, keep: null };
  assert.deepEqual(embedOptions("?embed"), none);
  assert.deepEqual(embedOptions("?embed&theme=pink&run=no&readonly=no&keep="), none);
  assert.deepEqual(embedOptions("?embed&viewer=no&readonly&run&theme=dark&keep=lesson%201"), {
    hasViewer: false,
    isReadOnly: true,
    runsAtOnce: true,
    theme: "dark",
    keep: "lesson 1",
  });
});

test("the page around is known by its origin, as far as the browser tells it", () => {
  assert.equal(originAround({ ancestorOrigins: ["https://a", "https://b"] }, "https://c/x"), "https://a");
  assert.equal(originAround({}, "https://c.example/lesson?1"), "https://c.example");
  assert.equal(originAround({ ancestorOrigins: [] }, ""), null);
});

test("what is kept has a name that only the same origin can have, and nothing is kept for nobody", async () => {
  const names = await Promise.all(
    [
      ["https://a", "x"],
      ["https://a", "x"],
      ["https://a", "y"],
      ["https://b", "x"],
      ["https://a\nx", ""],
    ].map(pair => embedName(...pair)),
  );
  for (const name of names) assert.match(name, /^embed-[0-9a-f]{16}$/);
  assert.equal(names[0], names[1]);
  assert.equal(new Set(names).size, 4);
  for (const [origin, keep] of [
    [null, "x"],
    ["null", "x"],
    ["https://a", null],
  ])
    assert.equal(await embedName(origin, keep), null);
});

test("a message that is not for the page is left alone, and one that makes no sense has the reason", () => {
  for (const data of [null, 1, "run", [], {}, { lua: 7 }]) assert.equal(readMessage(data, 1), null);
  assert.deepEqual(readMessage({ lua: "run" }, 2), { kind: "run", problem: "" });
  assert.deepEqual(readMessage({ lua: "set", cells: ["x"] }, 2), { kind: "set", problem: "" });
  for (const cell of [0, 3, 1.5, "1", null])
    assert.equal(readMessage({ lua: "run", cell }, 2).problem, "cell must be a number from 1 to 2");
  for (const cells of [undefined, [], "x", [1]])
    assert.match(readMessage({ lua: "set", cells }, 2).problem, /^cells must be a list of strings/);
  assert.match(readMessage({ lua: "set", cells: ["x".repeat(2 ** 20 + 1)] }, 2).problem, /^at most 100 cells/);
  for (const lua of ["constructor", "__proto__", "toString"])
    assert.match(readMessage({ lua }, 2).problem, /^there is no /);
});

test("a link that a person wrote has its cells percent-encoded", async () => {
  const { notebook, name } = await readFragment(`#lua=${encodeURIComponent("x = 'ü'\n-- %%\nreturn x")}`);
  assert.deepEqual(
    notebook.cells.map(({ code }) => code),
    ["x = 'ü'", "return x"],
  );
  assert.match(name, /^shared-[0-9a-f]{16}$/);
  await assert.rejects(readFragment("#lua=%E0%A4%A"), /the notebook in this link cannot be read/);
});
