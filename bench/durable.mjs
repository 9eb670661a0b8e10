// What keeping a program in a store costs (`persist: "everything"`), against tables alone: bytes and milliseconds of the commit
// of a counter, of a run that touches 10,000 objects, and of a full collection; opening a program of 2 MiB; finding the blocks
// that changed; a history of 20 moments, and going back to its first. In Node: a Map, localStorage's store on a Map, SQLite, a folder; in Chromium: IndexedDB, in a page and from a
// worker. Medians of the rounds, everything and tables in turns. Then the goals.
//
//   node bench/durable.mjs [--rounds 30] [--only node|chromium]
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { launchChromium } from "./chromium.mjs";
import { mapStorage } from "./map-storage.mjs";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "30" }, only: { type: "string" } },
});
const ROUNDS = Number(options.rounds);

/**
 * Runs with their commits, in turns with and without the program. It also runs in a page, so it uses nothing from outside.
 * @param {(persist: string) => Promise<object>} open a session on a store of its own
 * @param {(persist: string) => number} written bytes that were committed so far, where that can be known
 * @returns {Promise<Record<string, Record<string, {ms: number, bytes: number}>>>} by the run and by what persists
 */
async function runs(open, written, rounds) {
  const BEGIN = `
    objects = {}
    for i = 1, 10000 do objects[i] = { name = "object " .. i, x = i } end
    function count() n = (n or 0) + 1 Memory.n = n end
    function touch() for i = 1, #objects do objects[i].x = objects[i].x + 1 end Memory.n = objects[1].x end`;
  const STEPS = { counter: "count()", "10,000 objects": "touch()", collection: "collectgarbage() count()" };
  const median = numbers => numbers.sort((a, b) => a - b)[numbers.length >> 1];
  const sessions = {};
  const samples = {};
  for (const persist of ["tables", "everything"]) {
    sessions[persist] = await open(persist);
    await sessions[persist].run(BEGIN);
    // What is used first is compiled then.
    for (const code of Object.values(STEPS)) await sessions[persist].run(code);
  }
  for (const [step, code] of Object.entries(STEPS)) {
    samples[step] = { tables: { ms: [], bytes: [] }, everything: { ms: [], bytes: [] } };
    for (let i = 0; i < rounds; i++) {
      for (const [persist, lua] of Object.entries(sessions)) {
        await lua.flush();
        const [began, before] = [performance.now(), written(persist)];
        await lua.run(code);
        samples[step][persist].ms.push(performance.now() - began);
        samples[step][persist].bytes.push(written(persist) - before);
      }
    }
  }
  for (const lua of Object.values(sessions)) await lua.close();
  return Object.fromEntries(
    Object.entries(samples).map(([step, both]) => [
      step,
      Object.fromEntries(
        Object.entries(both).map(([persist, { ms, bytes }]) => [persist, { ms: median(ms), bytes: median(bytes) }]),
      ),
    ]),
  );
}

const median = numbers => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const wasm = new URL("../web/lua.wasm", import.meta.url);

/** Counts the bytes that a store is given to commit. */
function counted(store, count) {
  const commit = store.commit.bind(store);
  store.commit = (changes, known) => {
    for (const { name, bytes } of changes) count(name.length + (bytes?.length ?? 0));
    return commit(changes, known);
  };
  return store;
}

async function nodeRuns() {
  const { LuaPersistent } = await import("../js/dist/index.js");
  const { memoryStore } = await import("../js/dist/stores/memory-store.js");
  const { localStorageStore } = await import("../js/dist/stores/local-storage-store.js");
  const { folderStore, sqliteStore } = await import("../js/dist/node.js");
  const folder = mkdtempSync(path.join(os.tmpdir(), "lua-durable-"));
  let files = 0;
  const stores = {
    "records in a Map": () => memoryStore(),
    "localStorage (a Map)": () => localStorageStore({ storage: mapStorage(), lock: false }),
    SQLite: () => sqliteStore(path.join(folder, `${files++}.db`)),
    "a folder": () => folderStore(path.join(folder, `${files++}`)),
  };
  const results = {};
  for (const [name, make] of Object.entries(stores)) {
    const bytes = { tables: 0, everything: 0 };
    const open = persist =>
      LuaPersistent.open({ wasm, persist, store: counted(make(), more => (bytes[persist] += more)) });
    results[name] = await runs(open, persist => bytes[persist], ROUNDS);
  }
  rmSync(folder, { recursive: true });
  return results;
}

async function chromiumRuns() {
  const chromium = await launchChromium();
  const results = {};
  for (const [name, how] of [
    ["IndexedDB, page", "open"],
    ["IndexedDB, worker", "openWorker"],
  ]) {
    const page = await chromium.openPage();
    results[name] = await page.evaluate(`import("/js/dist/index.js").then(({ LuaPersistent }) => {
      const open = persist => LuaPersistent.${how}({ wasm: "/engine.wasm", store: "indexedDB", name: persist, persist, lock: false });
      return (${runs})(open, () => 0, ${ROUNDS});
    })`);
    await page.context().close();
  }
  await chromium.close();
  return results;
}

/** A program whose memory is full of what no compression makes small, near 2 MiB. */
const FULL =
  "data = {} for i = 1, 12000 do data[i] = ('%d %f'):format(i, math.random()) .. ('x'):rep(i % 40) end Memory.n = 1";

/** Opening a program, and the same store for its tables: milliseconds, and bytes of the program. */
async function opening() {
  const { LuaPersistent } = await import("../js/dist/index.js");
  const { memoryStore } = await import("../js/dist/stores/memory-store.js");
  const records = { tables: new Map(), everything: new Map() };
  const open = persist => LuaPersistent.open({ wasm, persist, store: memoryStore(records[persist]) });
  const times = { tables: [], everything: [] };
  let size = 0;
  for (const persist of ["tables", "everything"]) {
    const lua = await open(persist);
    await lua.run(FULL);
    await lua.close();
  }
  for (let i = 0; i < ROUNDS; i++) {
    for (const persist of ["tables", "everything"]) {
      const began = performance.now();
      const lua = await open(persist);
      times[persist].push(performance.now() - began);
      size = lua.getStats().linearBytes;
      await lua.close();
    }
  }
  const stored = [...records.everything].reduce(
    (sum, [name, { length }]) => sum + (/^memory/.test(name) ? length : 0),
    0,
  );
  return { tables: median(times.tables), everything: median(times.everything), size, stored };
}

/** Milliseconds in which 2 MiB without any change, and with ten changed blocks, are compared. */
async function comparing() {
  const { MemoryBlocks } = await import("../js/dist/image/blocks.js");
  const memory = new Uint8Array(2 ** 21).map((_, at) => at * 7);
  const blocks = new MemoryBlocks();
  blocks.changed(memory);
  const times = [];
  for (let i = 0; i < 40 * ROUNDS; i++) {
    for (let at = 0; at < 10; at++) memory[at * 200_000 + 17]++;
    const began = performance.now();
    const { length } = blocks.changed(memory);
    times.push(performance.now() - began);
    if (length !== 10) throw new Error(`${length} blocks`);
  }
  return median(times.slice(times.length >> 1));
}

/** What a history of 20 moments costs: milliseconds of a counter without and with it, of going back over 10, and bytes it keeps. */
async function history() {
  const { LuaPersistent } = await import("../js/dist/index.js");
  const { memoryStore } = await import("../js/dist/stores/memory-store.js");
  const times = { without: [], with: [], back: [] };
  const lua = {};
  for (const kind of ["without", "with"]) {
    lua[kind] = await LuaPersistent.open({ wasm, persist: "everything", store: memoryStore() });
    await lua[kind].run(FULL);
  }
  await lua.with.history({ keep: 20 });
  const timed = async (list, task) => {
    const began = performance.now();
    await task();
    list.push(performance.now() - began);
  };
  for (let i = 0; i < 2 * ROUNDS; i++) {
    for (const kind of ["without", "with"]) {
      await lua[kind].flush();
      await timed(times[kind], () => lua[kind].run("n = (n or 0) + 1 Memory.n = n"));
    }
  }
  const kept = 4096 * (await blocksIn(lua.with));
  for (let i = 0; i < ROUNDS; i++) {
    for (let each = 0; each < 10; each++) await lua.with.run("n = n + 1");
    const { n } = (await lua.with.history()).at(-11);
    await timed(times.back, () => lua.with.rewind(n));
  }
  for (const each of Object.values(lua)) await each.close();
  return { without: median(times.without), with: median(times.with), back: median(times.back), kept };
}

/** Old contents of blocks that its history has. */
async function blocksIn(lua) {
  const { History } = await import("../js/dist/session/history.js");
  const { list } = History.prototype;
  let blocks = 0;
  History.prototype.list = function () {
    blocks = this.blockCount;
    return list.call(this);
  };
  await lua.history();
  History.prototype.list = list;
  return blocks;
}

/** Prints rows in columns. */
function print(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map(line => line[column].length)));
  for (const line of lines)
    console.log(line.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("  "));
}

const places = { node: nodeRuns, chromium: chromiumRuns };
const results = {};
for (const [place, measure] of Object.entries(places)) {
  if (!options.only || options.only === place) Object.assign(results, await measure());
}
const kib = bytes => (bytes ? `${(bytes / 1024).toFixed(1)} KiB` : "");
print([
  ["store, run", "tables", "everything", "ms more", "tables", "everything"],
  ...Object.entries(results).flatMap(([store, steps]) =>
    Object.entries(steps).map(([step, { tables, everything }]) => [
      `${store}, ${step}`,
      `${tables.ms.toFixed(2)} ms`,
      `${everything.ms.toFixed(2)} ms`,
      (everything.ms - tables.ms).toFixed(2),
      kib(tables.bytes),
      kib(everything.bytes),
    ]),
  ),
]);

const compared = await comparing();
const opened = await opening();
const counter = results["records in a Map"]?.counter;
console.log(
  `\nopening ${kib(opened.size)} of memory, of which ${kib(opened.stored)} are stored: ${opened.everything.toFixed(1)} ms; its tables alone: ${opened.tables.toFixed(1)} ms`,
);
const past = await history();
console.log(
  `a counter's commit with a history of 20 moments: ${past.with.toFixed(2)} ms, without ${past.without.toFixed(2)} ms; going back over ten: ${past.back.toFixed(1)} ms; it keeps ${kib(past.kept)}`,
);
print([
  ["goal", "limit", "is"],
  ["finding the changed blocks of 2 MiB", "0.5 ms", `${compared.toFixed(2)} ms`],
  ["opening a program of 2 MiB", "15 ms", `${opened.everything.toFixed(1)} ms`],
  ["bytes of a counter's commit", "64 KiB", counter ? kib(counter.everything.bytes) : "not measured"],
  [
    "a counter's commit, beyond tables alone",
    "2 ms",
    counter ? `${(counter.everything.ms - counter.tables.ms).toFixed(2)} ms` : "not measured",
  ],
]);
