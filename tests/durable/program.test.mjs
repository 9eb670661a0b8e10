// A program that its store keeps: what goes on when it is opened again, and what is committed when.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { KeptProgram } from "../../js/dist/session/program.js";
import { after, kindsIn, never, shelf, until, values } from "./kept.mjs";

test("globals, closures, coroutines and metatables go on where they were", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run(`
    n = 0
    function inc() n = n + 1 return n end
    ids = coroutine.wrap(function() for i = 1, math.huge do coroutine.yield(i) end end)
    point = setmetatable({ x = 1 }, { __index = function(_, name) return name .. "?" end })
    inc() ids()`);
  const again = await it.killed().open();
  assert.deepEqual(await values(again, "return n, inc(), ids(), point.x, point.y"), [1, 2, 2, 1, "y?"]);
});

test("tables and what Lua refers to in them are of the same moment", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("held = ext.table() held.x = 1 Memory.list = { 1, 2 } list = Memory.list");
  const again = await it.killed().open();
  assert.deepEqual(await values(again, "return held.x, list == Memory.list, #list"), [1, true, 2]);
});

test("each unit is one commit, with blocks, tables and calls that wait together", async t => {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  await lua.run("x = 1");
  const before = it.commits.length;
  lua.run("Memory.x = 2 x = 2 host.wait(7)").catch(() => {});
  await lua.run("");
  const [commit] = it.commits.slice(before);
  const names = commit.map(([name]) => name);
  assert.ok(
    names.includes("1/x") && names.includes("host/1 wait") && names.some(name => /^memory\/\d+$/.test(name)),
    names,
  );
  assert.equal(names.at(-1), "header");
});

test("the module, what did not change, and memory without anything in it are not written again", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("function count() n = (n or 0) + 1 end count()");
  await lua.run("count()");
  const before = it.commits.length;
  await lua.run("count()");
  await lua.flush();
  assert.equal(it.commits.length, before + 1);
  const names = it.commits.at(-1).map(([name]) => name.replace(/\d+/, "n"));
  assert.deepEqual([...new Set(names)].sort(), ["header", "memory/n"]);
  assert.ok(names.length < 16, `${names.length} records`);
  assert.ok(it.records.size < 80, `${it.records.size} of 512 blocks`);
});

test("set, eval, a collection and the release of a function are committed without a run", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("");
  lua.set("a", { b: 1 });
  await after(0);
  assert.deepEqual(await values(await it.killed().open(), "return a.b"), [1]);
  lua.eval("c = 2");
  await after(0);
  assert.deepEqual(await values(await it.killed().open(), "return c"), [2]);
  const before = it.commits.length;
  await lua.runGc();
  assert.ok(it.commits.length > before);
});

test("a run that fails keeps what it did, unless rollbackOnError undoes its tables", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("x = 1 Memory.x = 1 error('no')").catch(() => {});
  assert.deepEqual(await values(await it.killed().open(), "return x, Memory.x"), [1, 1]);
  const other = shelf(t);
  const careful = await other.open({ rollbackOnError: true });
  await careful.run("x = 1 Memory.x = 1 error('no')").catch(() => {});
  assert.deepEqual(await values(await other.killed().open(), "return x, Memory.x"), [1, undefined]);
});

test("a run that a limit stops keeps what it did", async t => {
  const it = shelf(t);
  const lua = await it.open({ instructionLimit: 1_000_000 });
  await assert.rejects(lua.run("x = 1 while true do x = x + 1 end"), { limit: "instructions" });
  const again = await it.killed().open();
  const [x] = await values(again, "return x");
  assert.ok(x > 1000);
  await assert.rejects(again.run("while true do end"), { limit: "instructions" });
});

test("an instance that fails is not stored: the store has the last unit that ended well", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("x = 1 Memory.x = 1");
  await assert.rejects(failing(lua), /this Lua instance failed/);
  await assert.rejects(lua.run("return 1"), /this Lua instance failed/);
  const again = await it.killed().open();
  assert.deepEqual(await values(again, "return x, Memory.x"), [1, 1]);
  await lua.load();
  assert.deepEqual(await values(lua, "y = 2 return x, Memory.x"), [undefined, 1]);
  assert.deepEqual(await values(await it.killed().open(), "return x, y, Memory.x"), [undefined, 2, 1]);
});

/** A run in whose midst the memory of lua.wasm is damaged, so that it traps. */
function failing(lua) {
  const smash = () => new Uint8Array(lua.exports.memory.buffer).fill(0xff);
  return lua.run("x = 2 Memory.x = 2 print('now') local t = {} for i = 1, 1e5 do t[i] = { i } end", {
    onOutput: smash,
  });
}

test("what could not be committed goes with the next commit, whatever became of it since", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("big = string.rep('x', 20000) x = 1");
  it.refuse = () => {
    throw new Error("not now");
  };
  await assert.rejects(lua.run("big = nil other = string.rep('y', 30000) x = 2"), { kind: "failed" });
  await assert.rejects(lua.run("other = nil collectgarbage() x = 3 Memory.x = 3"), { kind: "failed" });
  assert.deepEqual(await values(await it.killed().open(), "return #big, x, Memory.x"), [20000, 1, undefined]);
  it.refuse = () => {};
  await lua.run("x = 4");
  assert.deepEqual(await values(await it.killed().open(), "return big, other, x, Memory.x"), [
    undefined,
    undefined,
    4,
    3,
  ]);
});

test("the limits of the program are those that it began with", async t => {
  const it = shelf(t);
  await (await it.open({ memoryLimit: 2 ** 21 })).run("x = 1");
  const again = await it.killed().open();
  await assert.rejects(again.run("return string.rep('x', 3e6)"), { limit: "memory" });
});

test("load begins with a fresh state, which is stored from then on", async t => {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  await lua.run("x = 1 Memory.x = 1 big = string.rep('x', 1e6)");
  const run = lua.run("host.wait()");
  await lua.run("");
  await lua.load();
  await assert.rejects(run, /Lua was loaded anew, and what waited in it is lost/);
  await lua.run("y = 2");
  const left = it.killed();
  assert.ok(![...left.records.keys()].some(name => name.startsWith("host/")));
  assert.deepEqual(await values(await left.open(), "return x, y, Memory.x"), [undefined, 2, 1]);
});

test("an image that is opened in a store replaces the program there, with what waits in it", async t => {
  const it = shelf(t);
  const asked = [];
  const wait = LuaPersistent.hostFunction(({ id }, x) => (asked.push([id, x]), never()), { onRestore: "retry" });
  const lua = await it.open({ host: { wait } });
  lua.run("x = 1 host.wait('a') x = 5").catch(() => {});
  const image = (await lua.run(""), await lua.saveImage());
  const other = shelf(t);
  await (await other.open()).run("z = 1 Memory.z = 1");
  const restored = await LuaPersistent.openImage(image, {
    store: other.store(),
    persist: "everything",
    host: { wait },
  });
  t.after(() => restored.close({ discard: true }));
  const left = other.killed();
  assert.deepEqual(await values(await left.open({ host: { wait } }), "return x, z, Memory.z"), [
    1,
    undefined,
    undefined,
  ]);
  assert.deepEqual(asked, Array(3).fill([1, "a"]));
});

test("closing keeps what waits: it goes on when the program is opened again", async t => {
  const it = shelf(t);
  const lua = await it.open({ host: { wait: never } });
  const run = lua.run(
    "local c <close> = setmetatable({}, { __close = function() closed = true end }) got = host.wait()",
  );
  await lua.run("");
  await lua.close();
  await assert.rejects(run, /this LuaPersistent is closed/);
  const again = await it.open({ host: { wait: async () => "answer" } });
  await until(async () => (await values(again, "return got"))[0] === "answer");
  assert.deepEqual(await values(again, "return closed"), [true]);
});

test("store: memory keeps nothing, with everything as with tables", async t => {
  const lua = await LuaPersistent.open({ persist: "everything" });
  t.after(() => lua.close());
  assert.deepEqual(await values(lua, "x = 1 return x"), [1]);
  assert.equal(lua.getStats().isDurable, true);
});

test("clear empties the tables, and Lua keeps its globals, also in the store", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("x = 1 Memory.x = 1");
  await lua.clear();
  assert.deepEqual(await values(await it.killed().open(), "return x, Memory.x"), [1, undefined]);
});

test("a store with tables alone becomes one with a program", async t => {
  const it = shelf(t);
  await (await it.open({ persist: "tables" })).run("Memory.x = 1");
  assert.deepEqual(kindsIn(it.records), ["1", "header"]);
  const lua = await it.killed().open();
  assert.deepEqual(await values(lua, "y = 2 return Memory.x"), [1]);
});

test("options that make no sense are errors", async () => {
  await assert.rejects(LuaPersistent.open({ persist: "all" }), {
    message: 'open: persist is "all", and must be "tables" or "everything"',
  });
  const module = new WebAssembly.Module(await (await import("node:fs/promises")).readFile("web/lua.wasm"));
  await assert.rejects(LuaPersistent.open({ persist: "everything", wasm: module }), {
    message:
      'persist: "everything" needs to know the bytes of lua.wasm again, and this is a WebAssembly.Module: open it from bytes or a URL, or with the option wasmHash',
  });
});

test("load refuses a module that could not be known again, and the program goes on", async t => {
  const it = shelf(t);
  const lua = await it.open();
  await lua.run("x = 1");
  const file = await readFile(new URL("../../web/lua.wasm", import.meta.url));
  await assert.rejects(lua.load(new WebAssembly.Module(file)), /needs to know the bytes of lua\.wasm again/);
  assert.deepEqual(await values(lua, "x = x + 1 return x"), [2]);
  assert.deepEqual(await values(await it.killed().open(), "return x"), [2]);
});

test("blocks of a capture that threw are captured the next time", () => {
  const memory = new Uint8Array(65536);
  const exports = { memory, get_buffer_ptr: () => 0, get_buffer_size: () => 0 };
  const host = { journal: () => new Map() };
  const program = new KeptProgram(
    { instance: { failure: null, exports }, host, wasm: { hash: "0123456789abcdef" }, services: { limits: {} } },
    null,
  );
  const names = () => program.capture().map(({ name }) => name);
  assert.deepEqual(names(), ["program"]);
  program.settle(true);
  memory[5000] = 1;
  const { journal } = host;
  host.journal = () => {
    throw new Error("no room");
  };
  assert.throws(() => program.capture(), /no room/);
  program.settle(false);
  assert.equal(program.hasPending, true);
  host.journal = journal;
  assert.deepEqual(names(), ["memory/1", "program"]);
});
