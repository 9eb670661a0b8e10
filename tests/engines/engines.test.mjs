// What `npm run browsers` relies on: that hanging pages fail by name, that differences and omissions are printed, and
// that a page's node:test and node:assert fail what Node's fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { files } from "./choice.mjs";
import { runIn } from "./engine.mjs";
import { importMap, moduleText } from "./modules.mjs";
import { differences, failures, leastLeft, leftOut, totals } from "./report.mjs";

const RESULT = { file: "tests/a.test.mjs", name: "one", status: "ok" };
const run = (name, ...results) => ({
  name,
  version: "1.2",
  results: results.map(result => ({ ...RESULT, ...result })),
});

/** A browser whose pages only tell these events. */
function browserThatTells(events) {
  const driver = { name: "Fake", launched: 0, closed: 0 };
  driver.launch = async () => {
    driver.launched++;
    return {
      version: "1",
      open: url => fetch(new URL("/report", url), { method: "POST", body: JSON.stringify(events) }),
      close: async () => driver.closed++,
    };
  };
  return driver;
}

test("a page that falls silent fails the test it was at, and the next file gets a new browser", async () => {
  const driver = browserThatTells([
    { kind: "start", name: "one" },
    { kind: "end", name: "one", status: "ok" },
    { kind: "start", name: "two" },
  ]);
  const { results } = await runIn(driver, ["tests/a.test.mjs", "tests/b.test.mjs"], { patience: 1000 });
  assert.deepEqual(
    results.map(({ file, name, status }) => [file, name, status]),
    [
      ["tests/a.test.mjs", "one", "ok"],
      ["tests/a.test.mjs", "two", "FAIL"],
      ["tests/b.test.mjs", "one", "ok"],
      ["tests/b.test.mjs", "two", "FAIL"],
    ],
  );
  assert.match(results[1].detail, /nothing heard for 1 s: it hangs, or the browser crashed/);
  assert.deepEqual([driver.launched, driver.closed], [3, 3]);
});

test("a browser that cannot open the page is a failure of that file", async () => {
  const driver = {
    name: "Fake",
    launch: async () => ({
      version: "1",
      open: async () => {
        throw new Error("gone");
      },
      close: async () => {},
    }),
  };
  const { results } = await runIn(driver, ["tests/a.test.mjs"], { patience: 10_000 });
  assert.deepEqual(results, [
    { file: "tests/a.test.mjs", name: "loading the file", status: "FAIL", detail: "Error: gone" },
  ]);
});

test("what one engine says and another does not is a difference, also when it is said less often", () => {
  assert.deepEqual(differences([run("A", {}, {}), run("B", {}, {})]), []);
  assert.deepEqual(differences([run("A", {}, { name: "two" }), run("B", {})]), [["ok tests/a.test.mjs: two", ["A"]]]);
  assert.deepEqual(differences([run("A", {}, {}), run("B", {})]), [["ok tests/a.test.mjs: one [2]", ["A"]]]);
  assert.deepEqual(
    differences([run("A", {}), run("B", { status: "FAIL", detail: "x" })]).map(([line]) => line),
    ["ok tests/a.test.mjs: one", "FAIL tests/a.test.mjs: one"],
  );
});

test("failures are printed with their messages, and tests that need Node with what they need of it", () => {
  const told = run(
    "A",
    { status: "FAIL", detail: "Error: no" },
    { status: "node", detail: "node:vm runInNewContext" },
    { status: "skip", detail: "later" },
  );
  assert.deepEqual(failures([told]), ["A: FAIL tests/a.test.mjs: one\n  Error: no"]);
  assert.deepEqual(leftOut(told), [
    "tests/a.test.mjs: needs Node (node:vm runInNewContext): one",
    "tests/a.test.mjs: skipped (later): one",
  ]);
  assert.equal(totals(told), "A 1.2: 0 tests pass, 1 fail, 1 need Node, 1 skipped");
});

test("the least that recursions leave is printed for each kind of thread", () => {
  const left = leastLeft(
    run(
      "A",
      { name: "gsub: in a page", notes: ["a page 90"] },
      { name: "sort: in a page", notes: ["a page 71"] },
      { notes: ["a worker 88"] },
    ),
  );
  assert.deepEqual(left, { "a page": [71, "sort"], "a worker": [88, "one"] });
});

test("the short form has the depths, the whole module's tests but long ones, and fewer files than the full one", () => {
  const [short, full] = [files({ short: true }), files({ short: false })];
  assert.ok(short.includes("tests/engines/browser/depth.mjs") && short.includes("tests/abi/eval.test.mjs"));
  assert.ok(
    full.includes("tests/abi/depth.test.mjs") && short.every(file => full.includes(file)) && short.length < full.length,
  );
});

/** `/node/<name>.mjs` as a page gets it, with its imports from the server as files. */
const imported = async name => import(`data:text/javascript,${encodeURIComponent(await moduleText(name))}`);

test("a page's assert tells apart what Node's does", async () => {
  const { default: page } = await imported("assert/strict");
  const values = [
    0,
    -0,
    NaN,
    1,
    1n,
    "1",
    null,
    undefined,
    [],
    [1],
    [undefined],
    {},
    { a: 1 },
    { a: undefined },
    Object.create(null),
    new Map(),
    new Map([[1, 2]]),
    new Set([1]),
    Uint8Array.of(1),
    Uint8Array.of(2),
    Int8Array.of(1),
    new Error("a"),
    new Error("b"),
    new TypeError("a"),
    /a/,
    /a/i,
    new Date(0),
    new Date(1),
  ];
  const same = (library, a, b) => {
    try {
      library.deepEqual({ in: [a] }, { in: [b] });
      return true;
    } catch {
      return false;
    }
  };
  for (const a of values)
    for (const b of values)
      assert.equal(
        same(page, a, b),
        same(assert, a, b),
        `${String(a?.constructor?.name)} ${String(b?.constructor?.name)}`,
      );
  assert.throws(() => page.match("abc", /d/), page.AssertionError);
  assert.throws(() =>
    page.throws(
      () => {
        throw new TypeError("x");
      },
      { message: "y" },
    ),
  );
  assert.throws(() => page.throws(() => {}, /x/));
  await assert.rejects(page.rejects(Promise.resolve(1)));
});

test("every module of Node has a place in a page, with stubs for what is not there", async () => {
  const { imports } = importMap();
  for (const name of ["node:fs", "node:test", "node:assert/strict", "node:timers/promises", "node:child_process"])
    assert.ok(imports[name], name);
  const text = await moduleText("child_process");
  assert.match(text, /stub\("node:child_process execFile"\)/);
  assert.match(await moduleText("fs"), /export \* from "\/tests\/engines\/page\/node\/fs.mjs"/);
});
