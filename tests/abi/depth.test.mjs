// Lua's own limits fire before the wasm stack, and before the engine's, runs out.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { open } from "./client.mjs";
import { bytesOf, storeHost, wrap } from "./hosts.mjs";
import { SIZE, lowWater } from "./depth.mjs";
import { deepData, message, programs } from "./depth-programs.mjs";

/** The part of the wasm stack that no program may touch. */
const SPARE = SIZE / 4;

for (const [name, source] of Object.entries(programs)) {
  test(`recursion ends in an error with wasm stack to spare: ${name}`, t => {
    const lua = open();
    const { answer, spare } = lowWater(lua, source);
    t.diagnostic(`${name}: ${spare} of ${SIZE} bytes to spare`);
    assert.equal(answer.ok, false, answer.text);
    assert.match(answer.text.split("\n")[0], message);
    assert.ok(spare >= SPARE, `only ${spare} bytes of wasm stack were left`);
    assert.equal(lua.run("return 1 + 1"), "2");
  });
}

for (const [name, source] of Object.entries(deepData)) {
  test(`depth of data and length of source cost no stack: ${name}`, () => {
    const { answer, spare } = lowWater(open(), source);
    assert.equal(answer.text, "done");
    assert.ok(spare >= SIZE - 4096, `${SIZE - spare} bytes of wasm stack were used`);
  });
}

/** A host that takes results and errors in typed form, in `messages`. */
function takingMessages() {
  const store = storeHost();
  const host = wrap(store, {
    get: (table, key, room) =>
      table === -1 && key === "services" ? (room.set(bytesOf("results error")), 13) : store.get(table, key, room),
    set: (table, key, value) =>
      table === -1 ? (host.messages.push([key, value.length]), 0) : store.set(table, key, value),
  });
  return Object.assign(host, { messages: [] });
}

for (const [service, way] of Object.entries({ results: "return", error: "error" })) {
  test(`a deep table in typed form costs no stack: ${service}`, () => {
    const lua = open(takingMessages());
    const { spare } = lowWater(lua, `local t = {} for i = 1, 100000 do t = {t} end ${way}(t)`);
    const [key, length] = lua.host.messages.at(-1);
    assert.equal(key, service);
    assert.ok(length > 1_000_000, `${length} bytes`);
    assert.ok(spare >= SIZE - 4096, `${SIZE - spare} bytes of wasm stack were used`);
  });
}

test("the measurement sees a program that goes deeper than another", () => {
  const deep = lowWater(open(), programs["gsub with a function"]).spare;
  const shallow = lowWater(open(), "return 1").spare;
  assert.ok(shallow > 0 && deep > 0 && shallow - deep > 100_000, `${shallow} and ${deep}`);
});

const CHILD = new URL("depth-child.mjs", import.meta.url);

/** Every program has failed, with an error of Lua's own. */
function checkErrors(errors) {
  assert.deepEqual(Object.keys(errors), Object.keys(programs));
  for (const [name, error] of Object.entries(errors)) assert.match(error, message, name);
}

test("every recursion ends in the same error on a third of the default engine stack", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--stack-size=328", fileURLToPath(CHILD)], {
    maxBuffer: 1 << 24,
  });
  checkErrors(JSON.parse(stdout));
});

test("random mixtures of recursions do not trap on a third of the default engine stack, and leave wasm stack", async () => {
  const script = fileURLToPath(new URL("depth-mixtures.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--stack-size=328", script, "150"]);
  const { mixtures, errors, overflows, spare } = JSON.parse(stdout);
  assert.equal(mixtures, 150);
  assert.ok(errors > 30 && overflows > 15, stdout);
  assert.ok(spare >= SPARE, stdout);
});

test("every recursion ends in the same error in a worker thread with a quarter of its default stack", async () => {
  const worker = new Worker(CHILD, { resourceLimits: { stackSizeMb: 1 } });
  checkErrors(await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject)));
});

test("the table of the command shows what is left of each stack", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL("depth.mjs", import.meta.url)),
    "--table",
    "--only",
    "gsub with",
  ]);
  const rows = [...stdout.matchAll(/^\| (gsub with .*?) \| (\d+) \| +(\d+) % \| +(\d+) % \| +(\d+) % \|$/gm)].map(row =>
    row.slice(1),
  );
  assert.deepEqual(
    rows.map(([name]) => name),
    ["gsub with a function", "gsub with a table"],
  );
  for (const [name, bytes, wasm, main, worker] of rows) {
    const { spare } = lowWater(open(), programs[name]);
    assert.ok(Math.abs(spare - bytes) < 64, `${spare} and ${bytes}`);
    assert.equal(Number(wasm), Math.round((100 * bytes) / SIZE));
    assert.ok(main > 50 && main < 97 && worker >= main && worker < 100, `${main} % and ${worker} %`);
  }
});

test("recursion inside a coroutine ends in an error as on the main thread", () => {
  const lua = open();
  const source = `local co = coroutine.create(function() local function f() return (string.gsub("x", "x", f)) end f() end)
    local ok, m = coroutine.resume(co) error(m, 0)`;
  const { answer, spare } = lowWater(lua, source);
  assert.match(answer.text, /stack overflow/);
  assert.ok(spare >= SPARE, `only ${spare} bytes of wasm stack were left`);
});

test("a parser nesting of 190 levels is accepted", () => {
  assert.equal(open().run(`return ${"(".repeat(190)}1${")".repeat(190)}`), "1");
});

test("a recursion of 190000 Lua calls is accepted", () => {
  assert.equal(
    open().run("local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(190000)"),
    "190000",
  );
});
