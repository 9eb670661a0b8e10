// What keeping tables in a store costs: runs that change 1, 1,000 and 100,000 keys, with the commit that ends them, and
// opening what is there then. In Node: memory, localStorage's store on a Map, SQLite. In Chromium: IndexedDB, in a page
// and from a worker, each round in a browser context of its own. Milliseconds, medians of the rounds.
//
//   node bench/stores.mjs [--rounds 5] [--keys 100000] [--only node|chromium]
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { launchChromium } from "./chromium.mjs";
import { mapStorage } from "./map-storage.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    keys: { type: "string", default: "100000" },
    only: { type: "string" },
  },
});
const ROUNDS = Number(options.rounds);
const MANY = Number(options.keys);

/**
 * One round. It also runs in a page, so it uses nothing from outside.
 * @param {() => Promise<object>} open a session, each time with the same store
 * @returns {Promise<Record<string, number>>} milliseconds of each step
 */
async function round(open, many) {
  const times = {};
  const timed = async (what, work) => {
    const began = performance.now();
    const result = await work();
    times[what] = performance.now() - began;
    return result;
  };
  const set = count => `for i = 1, ${count} do Memory[i] = i end`;
  let lua = await timed("open empty", open);
  // What is used first is compiled then.
  await lua.run("Memory.n = 0");
  await timed(`set ${many}`, () => lua.run(set(many)));
  await timed("set 1", () => lua.run("Memory.n = 1"));
  await timed("set 1000", () => lua.run("for i = 1, 1000 do Memory[i] = -i end"));
  await lua.close();
  lua = await timed(`open ${many}`, open);
  const { values } = await lua.run(`return Memory[${many}]`);
  if (values[0] !== many) throw new Error(`${values[0]} where ${many} was expected`);
  await timed("delete all", () => lua.run("for k in pairs(Memory) do Memory[k] = nil end"));
  await lua.close();
  return times;
}

const wasm = new URL("../web/lua.wasm", import.meta.url);

async function nodeRounds() {
  const { LuaPersistent } = await import("../js/dist/index.js");
  const { memoryStore } = await import("../js/dist/stores/memory-store.js");
  const { localStorageStore } = await import("../js/dist/stores/local-storage-store.js");
  const { sqliteStore } = await import("../js/dist/node.js");
  const folder = mkdtempSync(path.join(os.tmpdir(), "lua-stores-"));
  const files = [];
  const rounds = {
    "records in a Map": () => {
      const store = memoryStore();
      return () => LuaPersistent.open({ wasm, store });
    },
    "localStorage (a Map)": () => {
      const storage = mapStorage();
      return () => LuaPersistent.open({ wasm, store: localStorageStore({ storage, lock: false }) });
    },
    SQLite: () => {
      const file = path.join(folder, `${files.push(0)}.db`);
      return () => LuaPersistent.open({ wasm, store: sqliteStore(file) });
    },
  };
  const contenders = Object.entries(rounds).map(([name, make]) => [name, () => round(make(), MANY)]);
  return { contenders, close: () => rmSync(folder, { recursive: true }) };
}

async function chromiumRounds() {
  const chromium = await launchChromium();
  const inPage = how => async () => {
    const page = await chromium.openPage();
    try {
      return await page.evaluate(`import("/js/dist/index.js").then(({ LuaPersistent }) => {
        const options = { wasm: "/engine.wasm", store: "indexedDB", lock: false };
        return (${round})(() => LuaPersistent.${how}(options), ${MANY});
      })`);
    } finally {
      await page.context().close();
    }
  };
  const contenders = [
    ["IndexedDB, page", inPage("open")],
    ["IndexedDB, worker", inPage("openWorker")],
  ];
  return { contenders, close: chromium.close };
}

const median = numbers => numbers.sort((a, b) => a - b)[numbers.length >> 1];

/** In turns, so that what else the machine does is shared. */
async function measure(contenders) {
  const all = new Map(contenders.map(([name]) => [name, []]));
  for (let i = 0; i < ROUNDS; i++) for (const [name, once] of contenders) all.get(name).push(await once());
  return [...all].map(([name, rounds]) => [
    name,
    Object.fromEntries(Object.keys(rounds[0]).map(what => [what, median(rounds.map(times => times[what]))])),
  ]);
}

const places = { node: nodeRounds, chromium: chromiumRounds };
const results = [];
for (const [place, prepare] of Object.entries(places)) {
  if (options.only && options.only !== place) continue;
  const { contenders, close } = await prepare();
  try {
    results.push(...(await measure(contenders)));
  } finally {
    await close();
  }
}
const steps = Object.keys(results[0][1]);
const lines = [
  ["ms", ...steps],
  ...results.map(([name, times]) => [name, ...steps.map(step => times[step].toFixed(1))]),
];
const widths = lines[0].map((_, column) => Math.max(...lines.map(line => line[column].length)));
for (const line of lines)
  console.log(line.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("  "));
