// The package `lua-persistent` in any engine: sessions, values, errors, limits, stores, images, workers. It uses nothing that
// an engine may lack but what the entry says is there.
import { failure, matches, same } from "./checks.mjs";

/**
 * @typedef {object} Place
 * @property {typeof import("lua-persistent")} lua the package
 * @property {typeof import("lua-persistent/stores")} stores its stores
 * @property {string} wasmHash its hash
 * @property {object} [options] what every opening needs here, such as `wasm`
 * @property {Record<string, WebAssembly.Module>} modules the files of lua.wasm that the engine takes
 * @property {() => object} [ownStore] a store of this place, always over the same records
 * @property {boolean} hasClock whether time goes on while a program runs
 * @property {boolean} hasWorkers whether there are workers
 */

/**
 * @param {import("./checks.mjs").Checks} checks
 * @param {Place} place
 */
export async function checkApi(checks, place) {
  for (const part of [sessions, values, errors, limits, stores, images, workers]) await part(checks, place);
}

async function sessions(checks, { lua: { LuaPersistent }, options }) {
  await checks.check("a plain one evaluates text, and keeps globals", async () => {
    const lua = await new LuaPersistent().load(options?.wasm);
    same([lua.eval("x = 2 return x + 1"), lua.eval("print('hi') return x")], ["3", "hi\n2"]);
  });
  await checks.check("a session runs one after the other, and gives output and values", async () => {
    const lua = await LuaPersistent.open(options);
    const runs = [1, 2, 3].map(n => lua.run(`Memory.n = (Memory.n or 0) + ${n} print(${n}) return Memory.n`));
    same(await Promise.all(runs), [
      { output: "1\n", values: [1] },
      { output: "2\n", values: [3] },
      { output: "3\n", values: [6] },
    ]);
    await lua.close();
    matches((await failure(() => lua.run("return 1"))).message, /closed/);
  });
  await checks.check("output comes while the script runs", async () => {
    const pieces = [];
    const lua = await LuaPersistent.open({ ...options, onOutput: text => pieces.push(text) });
    await lua.run("print('a') io.write('b')");
    same(pieces.join(""), "a\nb");
  });
  await checks.check("the clock and the seed are the engine's", async () => {
    const lua = await LuaPersistent.open(options);
    const [time, random] = (await lua.run("return os.time(), math.random(1 << 40)")).values;
    same([Math.abs(time - Date.now() / 1000) < 5, random > 0], [true, true]);
    const other = await LuaPersistent.open(options);
    same((await other.run("return math.random(1 << 40)")).values[0] === random, false);
  });
}

async function values(checks, { lua: { LuaOpaque, LuaPersistent }, options }) {
  const lua = await LuaPersistent.open(options);
  const results = async code => (await lua.run(code)).values;
  await checks.check("numbers, strings, bytes, lists, objects and Maps", async () => {
    const code = "return 1, 1 << 62, 0.5, 'grüße', '\\255', nil, true, {1, {2}}, {x = {y = 'z'}}, {[1.5] = 2}";
    const expected = [1, 1n << 62n, 0.5, "grüße", Uint8Array.of(255), undefined, true, [1, [2]], { x: { y: "z" } }];
    same(await results(code), [...expected, new Map([[1.5, 2]])]);
  });
  await checks.check("a cycle is a cycle, and a function its text", async () => {
    const [object, opaque] = await results("local t = {} t.self = t return t, print");
    same([object.self === object, opaque instanceof LuaOpaque], [true, true]);
    matches(opaque.text, /^(builtin|function)/);
  });
  await checks.check("an external table is a live view, for both sides", async () => {
    await lua.run("Memory.list = { 1, 2, { x = 'deep' } }");
    const memory = lua.table("Memory");
    memory.set("from", { js: [1, 2], text: "ä" });
    same(await results("return Memory.from.js[2], Memory.from.text, #Memory.list"), [2, "ä", 3]);
    same(JSON.stringify(memory.get("list")), '[1,2,{"x":"deep"}]');
    same([memory.has("from"), memory.delete("from"), memory.size], [true, true, 1]);
  });
  await checks.check("a snapshot survives JSON, and is restored", async () => {
    const snapshot = JSON.parse(JSON.stringify(lua.createSnapshot()));
    const other = await LuaPersistent.open(options);
    other.restoreSnapshot(snapshot);
    same((await other.run("return Memory.list[3].x")).values, ["deep"]);
  });
}

async function errors(checks, { lua: { LuaError, LuaPersistent }, options }) {
  const lua = await LuaPersistent.open(options);
  await checks.check("an error has its class, line, value, traceback and output", async () => {
    const error = await failure(() => lua.run("print('so far')\nerror({ code = 7 })"));
    same(
      [error instanceof LuaError, error.value, error.output, error.name],
      [true, { code: 7 }, "so far\n", "LuaError"],
    );
    const typed = await failure(() => lua.run("\nlocal t = nil\nreturn t.x"));
    same([typed.line, typed.message], [3, `${typed.source}:3: attempt to index a nil value (local 't')`]);
    matches(typed.traceback, /^stack traceback:\n/);
  });
  await checks.check("errors by an exception of WebAssembly, through sort, gsub and coroutines", async () => {
    const code = `
      local n = 0
      for i = 1, 2000 do if not pcall(string.rep) then n = n + 1 end end
      local a = select(2, pcall(table.sort, { 3, 2, 1 }, function() error("s", 0) end))
      local b = select(2, pcall(string.gsub, "x", ".", function() error("g", 0) end))
      local c = select(2, coroutine.resume(coroutine.create(function() string.rep() end)))
      return n, a, b, c`;
    const [count, sorted, replaced, resumed] = (await lua.run(code)).values;
    same([count, sorted, replaced], [2000, "s", "g"]);
    matches(resumed, /bad argument #1 to 'rep'/);
  });
  await checks.check("a run that fails can leave the tables as they were", async () => {
    const careful = await LuaPersistent.open({ ...options, rollbackOnError: true });
    await careful.run("Memory.n = 1");
    await failure(() => careful.run("Memory.n = 2 Memory.m = {} error('no')"));
    same((await careful.run("return Memory.n, Memory.m")).values, [1, undefined]);
  });
  await checks.check("an argument that makes no sense is a TypeError that names it", async () => {
    const error = await failure(() => LuaPersistent.open({ ...options, timout: 5 }));
    same(error instanceof TypeError, true);
    matches(error.message, /'timout'.*'?timeout/);
  });
}

async function limits(checks, { lua: { LuaLimitError, LuaPersistent }, options, hasClock }) {
  const stopped = async (settings, code) => {
    const lua = await LuaPersistent.open({ ...options, ...settings });
    const error = await failure(() => lua.run(code));
    same([error instanceof LuaLimitError, (await lua.run("return 1")).values], [true, [1]]);
    return error.limit;
  };
  const endless = "while true do pcall(function() while true do end end) end";
  await checks.check("instructions are limited", async () =>
    same(await stopped({ instructionLimit: 1e6 }, endless), "instructions"),
  );
  await checks.check("memory is limited", async () =>
    same(await stopped({ memoryLimit: 4e6 }, "local t = {} while true do t[#t + 1] = {} end"), "memory"),
  );
  await checks.check("tables are limited", async () =>
    same(await stopped({ tableLimit: 1e6 }, "Memory.x = ('x'):rep(2e6)"), "tables"),
  );
  if (hasClock)
    await checks.check("time is limited", async () => same(await stopped({ timeout: 50 }, endless), "time"));
  await checks.check("an interrupt stops a run", async () => {
    let polls = 0;
    const lua = await LuaPersistent.open({ ...options, interrupt: () => ++polls > 5 });
    matches((await failure(() => lua.run(endless))).message, /^interrupted/);
  });
}

/** A store of three methods, over a Map. */
function mapStore(records = new Map()) {
  return {
    label: "map",
    records,
    load: () => records,
    commit(changes, known) {
      if (!known.map(String).includes(String(records.get("header")))) throw new Error("someone else has written to it");
      for (const { name, bytes } of changes) bytes ? records.set(name, bytes) : records.delete(name);
    },
    clear: () => records.clear(),
  };
}

async function stores(checks, { lua: { LuaPersistent, StoreError }, stores, options, ownStore }) {
  const visit = async (store, code) => {
    const lua = await LuaPersistent.open({ ...options, store });
    const { values } = await lua.run(code);
    await lua.close();
    return values;
  };
  const count =
    "Memory.n = (Memory.n or 0) + 1 Memory.big = ('x'):rep(300000) .. Memory.n return Memory.n, #Memory.big";
  const kinds = {
    "a store of three methods": () => keep,
    ...(ownStore ? { "the store of this place": ownStore } : {}),
  };
  const keep = mapStore();
  for (const [name, make] of Object.entries(kinds)) {
    await checks.check(`${name} keeps tables from one opening to the next`, async () => {
      await LuaPersistent.eraseStore({ store: make() });
      const seen = [];
      for (let i = 0; i < 3; i++) seen.push(...(await visit(make(), count)));
      same(seen, [1, 300001, 2, 300001, 3, 300001]);
    });
    await checks.check(`${name}: thousands of keys, deleted again`, async () => {
      await visit(make(), "for i = 1, 3000 do Memory['k' .. i] = { i } end");
      same(await visit(make(), "for i = 1, 2999 do Memory['k' .. i] = nil end return Memory.k3000[1]"), [3000]);
      same(await visit(make(), "return ext.size(Memory), Memory.n"), [3, 3]);
    });
  }
  await checks.check("a second writer is noticed", async () => {
    const one = await LuaPersistent.open({ ...options, store: keep });
    await visit(mapStore(keep.records), "Memory.n = 100");
    const error = await failure(() => one.run("Memory.n = 7"));
    same([error instanceof StoreError, error.store], [true, "map"]);
    await one.close({ discard: true });
    same(await visit(keep, "return Memory.n"), [100]);
  });
  await checks.check("a damaged store is an error that says so, and can be emptied", async () => {
    const [name] = [...keep.records.keys()].filter(each => each !== "header");
    keep.records.set(name, Uint8Array.of(1, 2, 3));
    const error = await failure(() => LuaPersistent.open({ ...options, store: keep }));
    same([error instanceof StoreError, error.kind], [true, "damaged"]);
    await LuaPersistent.eraseStore({ store: keep });
    same(await visit(keep, "return Memory.n"), [undefined]);
  });
  await checks.check("a store that this engine lacks is refused in words", async () => {
    if (globalThis.indexedDB) return;
    const error = await failure(() => LuaPersistent.open({ ...options, store: "indexedDB" }));
    same(error instanceof StoreError && error instanceof stores.StoreError, true);
  });
}

async function images(checks, { lua: { LuaPersistent }, wasmHash, options, modules }) {
  const state = `Memory.t = { 1, 2 }
    ids = coroutine.wrap(function() for i = 1, math.huge do pcall(coroutine.yield, i) end end) ids()`;
  const use = "return ids(), #Memory.t, (pcall(string.rep))";
  await checks.check("an image goes on with globals, coroutines and tables", async () => {
    const lua = await LuaPersistent.open({ wasmHash, ...options });
    await lua.run(state);
    const fork = await LuaPersistent.openImage(await lua.saveImage(), { wasmHash, ...options });
    same([(await fork.run(use)).values, (await lua.run("return ids()")).values], [[2, 2, false], [2]]);
  });
  for (const from of Object.keys(modules)) {
    for (const to of Object.keys(modules)) {
      await checks.check(`an image made by a WebAssembly.Module of ${from} opens with ${to}`, async () => {
        const lua = await LuaPersistent.open({ wasm: modules[from], wasmHash });
        await lua.run(state);
        const fork = await LuaPersistent.openImage(await lua.saveImage(), { wasm: modules[to], wasmHash });
        same((await fork.run(use)).values, [2, 2, false]);
      });
    }
  }
  await checks.check("a damaged image is an error", async () => {
    const lua = await LuaPersistent.open({ wasmHash, ...options });
    const image = await lua.saveImage();
    image[image.length - 9] ^= 1;
    matches((await failure(() => LuaPersistent.openImage(image, { wasmHash, ...options }))).message, /damaged/);
  });
}

async function workers(checks, { lua: { LuaError, LuaPersistent }, options, hasWorkers }) {
  if (!hasWorkers) return;
  await checks.check("a worker runs, raises, keeps a store, and ends", async () => {
    const store = mapStore();
    const lua = await LuaPersistent.openWorker({ ...options, store });
    same((await lua.run("Memory.n = 5 return Memory.n, { x = 1 }")).values, [5, { x: 1 }]);
    same((await failure(() => lua.run("error('no')"))) instanceof LuaError, true);
    await lua.close();
    same(store.records.size, 2);
  });
  await checks.check("a signal stops an endless run in a worker, which leaves no changes", async () => {
    const lua = await LuaPersistent.openWorker(options);
    await lua.run("Memory.n = 1");
    const stop = new AbortController();
    const endless = "Memory.n = 2 print('begun') while true do end";
    same(
      (await failure(() => lua.run(endless, { signal: stop.signal, onOutput: () => stop.abort() }))).name,
      "AbortError",
    );
    same((await lua.run("return Memory.n")).values, [1]);
    await lua.close();
  });
  await checks.check("a timeout stops an endless run in a worker", async () => {
    const lua = await LuaPersistent.openWorker(options);
    same((await failure(() => lua.run("while true do end", { timeout: 50 }))).limit, "time");
    same((await lua.run("return 1")).values, [1]);
    await lua.close();
  });
  await checks.check("an image goes on in a worker", async () => {
    const lua = await LuaPersistent.open(options);
    await lua.run("x = 5");
    const worker = await LuaPersistent.openWorker({ ...options, image: await lua.saveImage() });
    same((await worker.run("return x")).values, [5]);
    await worker.close();
  });
}
