// openWorker in Node: the interface of `open`, on the other side of messages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LuaError, LuaOpaque, LuaPersistent } from "../../js/dist/index.js";
import { before, openWorker, rejection, test } from "./helpers.mjs";

let lua;
before(async () => {
  lua = await openWorker();
});

test("values are those of open: integers, strings, bytes, tables, cycles, opaque ones", async () => {
  const code =
    "local t = {x = 1} t.self = t return 1, 1 << 62, 0.5, 'grüße', '\\255', nil, true, {1, 2}, t, {[1.5] = 2}, print";
  const [integer, big, float, text, bytes, nil, yes, list, object, map, opaque] = (await lua.run(code)).values;
  assert.deepEqual([integer, big, float, text, nil, yes, list], [1, 1n << 62n, 0.5, "grüße", undefined, true, [1, 2]]);
  assert.deepEqual([...bytes], [255]);
  assert.equal(object.self, object);
  assert.deepEqual(map, new Map([[1.5, 2]]));
  assert.ok(opaque instanceof LuaOpaque);
  assert.match(opaque.text, /^(builtin|function)/);
});

test("an external table is its id, the same object wherever it is in one answer", async () => {
  const { values } = await lua.run("Memory.t = {} return Memory.t, {Memory.t}, ext.id(Memory.t)");
  assert.equal(values[0].id, values[2]);
  assert.equal(values[0].constructor.name, "LuaTableId");
  const noContents = {
    message: `external table ${values[0].id}: its contents are in the worker, return ext.copy(t) from Lua`,
  };
  assert.throws(() => JSON.stringify(values), noContents);
  assert.equal(values[1][0], values[0]);
});

test("an error in Lua has its class, traceback, line, value and the output before it", async () => {
  const error = await rejection(lua.run("Memory.t = {} print('so far')\nerror({code = 7, table = Memory.t})"));
  assert.ok(error instanceof LuaError && error.name === "LuaError");
  assert.equal(error.output, "so far\n");
  assert.match(error.traceback, /^stack traceback:\n[^]*run 3:2:/);
  assert.equal(error.value.code, 7);
  assert.equal(typeof error.value.table.id, "number");
  const syntax = await rejection(lua.run("\nlocal = 1"));
  assert.deepEqual([syntax.line, syntax.value], [2, syntax.message]);
});

test("limits of instructions and memory give the same errors as open, and Lua goes on", async () => {
  const limited = await openWorker({ instructionLimit: 1_000_000, memoryLimit: 4_000_000 });
  assert.equal((await rejection(limited.run("while true do end"))).limit, "instructions");
  assert.equal((await rejection(limited.run("return ('x'):rep(5000000)"))).limit, "memory");
  assert.deepEqual((await limited.run("return 1")).values, [1]);
  assert.equal(limited.restarts, 0);
});

test("output streams: output arrives while the script runs", async () => {
  const stop = new AbortController();
  // Only output can end this run.
  const onOutput = text => text.includes("now") && stop.abort(new Error("heard"));
  const run = lua.run("print('now') while true do end", { onOutput, signal: stop.signal });
  assert.equal((await rejection(run)).message, "heard");
});

test("much output comes in few messages, complete and in order", async () => {
  const heard = [];
  const { output } = await lua.run("for i = 1, 20000 do print(i) end", { onOutput: text => heard.push(text) });
  assert.equal(output, Array.from({ length: 20000 }, (_, i) => `${i + 1}\n`).join(""));
  assert.equal(heard.join(""), output);
});

test("a run's onOutput replaces that of openWorker", async () => {
  const heard = [];
  const own = await openWorker({ onOutput: text => heard.push(`all: ${text}`) });
  await own.run("print(1)");
  await own.run("print(2)", { onOutput: text => heard.push(`run: ${text}`) });
  assert.deepEqual(heard, ["all: 1\n", "run: 2\n"]);
});

test("what onOutput throws rejects the run after its commit", async () => {
  const failure = new Error("mine");
  const onOutput = () => {
    throw failure;
  };
  assert.equal(await rejection(lua.run("Memory.kept = 1 print(1)", { onOutput })), failure);
  assert.deepEqual((await lua.run("return Memory.kept")).values, [1]);
});

test("output beyond outputLimit goes to the listener, and is only counted in the answer", async () => {
  const own = await openWorker({ outputLimit: 3 });
  let heard = "";
  const { output } = await own.run("print('12345')", { onOutput: text => (heard += text) });
  assert.deepEqual([output, heard], ["123\n[... 3 more characters]", "12345\n"]);
});

test("calls are done in their order", async () => {
  const runs = [1, 2, 3].map(n => lua.run(`order = (order or '') .. ${n} return order`));
  const snapshot = lua.run("Memory.order = order").then(() => lua.createSnapshot());
  assert.deepEqual(
    (await Promise.all(runs)).map(({ values }) => values[0]),
    ["1", "12", "123"],
  );
  assert.ok((await snapshot).tables.some(({ entries }) => entries.some(([key]) => key === btoa("order"))));
});

test("eval answers as text; its error is a LuaError", async () => {
  assert.equal(await lua.eval("print(1) return 2.0, nil"), "1\n2.0\tnil");
  assert.ok((await rejection(lua.eval("error('boom')"))) instanceof LuaError);
});

test("snapshots go out and come in; a damaged one changes nothing", async () => {
  const own = await openWorker();
  await own.run("Memory.a = {1}");
  const snapshot = await own.createSnapshot();
  await own.run("Memory.a = 2 Memory.b = 3");
  assert.match((await rejection(own.restoreSnapshot({ tables: [{ id: -1 }] }))).message, /^snapshot: the id of table/);
  assert.deepEqual((await own.run("return Memory.b")).values, [3]);
  await own.restoreSnapshot(JSON.parse(JSON.stringify(snapshot)));
  assert.deepEqual((await own.run("return Memory.a[1], Memory.b")).values, [1, undefined]);
  const plain = await new LuaPersistent().load();
  plain.restoreSnapshot(snapshot);
  assert.equal(plain.eval("return Memory.a[1]"), "1");
});

test("migrate works as in open", async () => {
  const own = await openWorker();
  const zig = { 1: { 7: [4, 1, 0, 0, 0, 120] } };
  const tables = Object.entries(zig).map(([id, keys]) => ({
    id: Number(id),
    entries: Object.entries(keys).map(([key, value]) => [
      btoa(key),
      value.reduce((o, byte, i) => ({ ...o, [i]: byte }), {}),
    ]),
  }));
  await own.restoreSnapshot({ tables });
  assert.equal((await own.migrate()).integerKeys, 1);
  assert.deepEqual((await own.run("return Memory[7]")).values, ["x"]);
});

test("an image goes from one worker to another, to open and back, with globals and coroutines", async () => {
  const own = await openWorker({ instructionLimit: 10_000_000 });
  await own.run("x = 1 co = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) co() Memory.y = 2");
  const image = await own.saveImage();
  const fork = await openWorker({ image });
  assert.deepEqual((await fork.run("return x, co(), Memory.y")).values, [1, 2, 2]);
  const here = await LuaPersistent.openImage(await fork.saveImage());
  assert.deepEqual((await here.run("return co()")).values, [3]);
  assert.deepEqual((await own.run("return co()")).values, [2]);
  assert.match((await rejection(openWorker({ image: image.slice(0, -1) }))).message, /^the image is damaged/);
});

test("runGc deletes tables that nothing reaches", async () => {
  const own = await openWorker();
  await own.run("Memory.a = {} Memory.a = nil collectgarbage()");
  const before = (await own.getStats()).externalTableItems;
  await own.runGc();
  assert.ok((await own.getStats()).externalTableItems <= before);
  assert.equal(
    (await own.createSnapshot()).tables.some(({ id }) => id > 1),
    false,
  );
});

test("getStats has the figures of open", async () => {
  const own = await openWorker();
  await own.run("Memory.big = ('x'):rep(1000000)");
  const stats = await own.getStats();
  const here = await LuaPersistent.open();
  assert.deepEqual(Object.keys(stats).sort(), Object.keys(here.getStats()).sort());
  assert.ok(stats.externalBytes > 1_000_000 && stats.luaBytes > 0 && stats.linearBytes > 0);
  assert.deepEqual([stats.store, stats.isDurable], ["memory", true]);
});

test("load starts a fresh Lua and keeps the tables; clear empties the tables and keeps Lua", async () => {
  const own = await openWorker();
  await own.run("x = 1 Memory.y = 2");
  assert.equal(await own.load(), own);
  assert.deepEqual((await own.run("return x, Memory.y")).values, [undefined, 2]);
  await own.run("x = 3");
  await own.clear();
  assert.deepEqual((await own.run("return x, Memory.y")).values, [3, undefined]);
});

test("after close every call is refused, and closing again is the same", async () => {
  const own = await openWorker();
  const last = own.run("return 1");
  await own.close();
  assert.deepEqual((await last).values, [1]);
  await own.close();
  for (const call of [() => own.run("return 1"), () => own.flush(), () => own.getStats()]) {
    assert.equal((await rejection(call())).message, "this LuaPersistent is closed");
  }
});

test("terminate rejects what runs and what waits", async () => {
  const own = await openWorker();
  const calls = [own.run("while true do end"), own.run("return 1"), own.getStats()].map(rejection);
  await own.terminate();
  for (const { message } of await Promise.all(calls)) assert.equal(message, "this LuaPersistent was terminated");
  assert.equal((await rejection(own.run("return 1"))).message, "this LuaPersistent was terminated");
});

test("a store has each record in bytes of its own: what it keeps or clones is no larger", async () => {
  const records = new Map();
  const store = {
    load: () => [...records],
    commit: changes => changes.forEach(({ name, bytes }) => (bytes ? records.set(name, bytes) : records.delete(name))),
    clear: () => records.clear(),
  };
  const own = await openWorker({ store });
  await own.run("for i = 1, 20 do Memory[i] = ('x'):rep(100 * i) end");
  await own.close();
  assert.ok(records.size > 20);
  for (const [name, bytes] of records) assert.equal(bytes.buffer.byteLength, bytes.byteLength, name);
});

test("options that make no sense are TypeErrors that name them", async () => {
  const cases = [
    [{ timeout: -1 }, /timeout is -1/],
    [{ interrupt: () => true }, /no option 'interrupt': give run a signal/],
    [{ nonsense: 1 }, /no option 'nonsense'/],
    [
      { onrestart() {} },
      /openWorker: there is no option 'onrestart' \(did you mean onRestart\?\), only .*, image, onRestart$/,
    ],
    [{ store: "redis" }, /^store is "redis", and can be "memory", "localStorage"/],
    [{ store: 5 }, /^store is 5/],
    [{ store: "localStorage", name: 5 }, /^the name of a store is a string/],
    [{ store: { load() {}, commit() {} } }, /has no method clear\(\)/],
    [{ whenBusy: "never" }, /^whenBusy is "never"/],
    [{ image: "x" }, /image must be the bytes/],
    [{ onRestart: 1 }, /onRestart must be a function/],
  ];
  for (const [options, message] of cases) {
    const error = await rejection(openWorker(options));
    assert.ok(error instanceof TypeError, `${error}`);
    assert.match(error.message, message);
  }
  for (const options of [{ signal: 1 }, { timeout: "1" }, { wasm: 1 }, null]) {
    assert.ok((await rejection(lua.run("return 1", options))) instanceof TypeError);
  }
  assert.ok((await rejection(lua.run(1))) instanceof TypeError);
});

test("a lua.wasm that cannot be loaded is the error of open", async () => {
  assert.match((await rejection(openWorker({ wasm: "/no/lua.wasm" }))).message, /^cannot load '\/no\/lua\.wasm': /);
  assert.match((await rejection(openWorker({ wasm: new Uint8Array(8) }))).message, /^cannot load lua\.wasm: /);
  const { message } = await rejection(openWorker({ memoryLimit: 1000 }));
  assert.match(message, /^open: memoryLimit is 1000 bytes/);
});

test("a program ends although its worker is not closed, and not before its calls are done", () => {
  const web = fileURLToPath(new URL("../../web/", import.meta.url));
  const code = `
    import { LuaPersistent } from "${web}lua-persistent.mjs";
    const lua = await LuaPersistent.openWorker();
    await new Promise((resolve) => setTimeout(resolve, 50));
    lua.run("local n = 0 for i = 1, 2000000 do n = n + 1 end return n").then(({ values }) => console.log(values[0]));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.equal(printed, "2000000\n");
});

test("a second argument of run that is no options is an error that says what it is", async () => {
  const says =
    "run: the second argument is an array, and must be an object with options (args, name, onOutput, onSteps, timeout, signal, env)";
  assert.equal((await rejection(lua.run("return ...", [1]))).message, says);
});

test("onSteps hears how many steps a run has taken: while it runs, and all of them at its end", async () => {
  const heard = [];
  const onSteps = steps => heard.push(steps);
  await lua.run("for i = 1, 3e6 do end", { onSteps });
  assert.ok(heard.at(-1) >= 2_900_000 && heard.at(-1) <= 3_500_000, String(heard));
  assert.ok(
    heard.every((steps, i) => steps % 50_000 === 0 && steps > (heard[i - 1] ?? 0)),
    String(heard),
  );
  const stop = new AbortController();
  await rejection(lua.run("while true do end", { onSteps: () => stop.abort(), signal: stop.signal }));
  heard.length = 0;
  await lua.run("return 1", { onSteps });
  assert.deepEqual(heard, []);
});

test("statistics say which functions of the host runs wait for", async () => {
  assert.deepEqual((await lua.getStats()).waits, []);
  const stop = new AbortController();
  const waiting = rejection(lua.run("host.sleep(100)", { signal: stop.signal }));
  while ((await lua.getStats()).waits.length === 0) await new Promise(resolve => setTimeout(resolve, 5));
  assert.deepEqual((await lua.getStats()).waits, ["sleep"]);
  stop.abort();
  await waiting;
  assert.deepEqual((await lua.getStats()).waits, []);
});
