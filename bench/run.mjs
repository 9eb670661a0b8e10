// Benchmarks of lua.wasm against native Lua, wasmoon and fengari: node bench/run.mjs --help

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as firefox from "../tests/engines/drivers/firefox.mjs";
import * as webkit from "../tests/engines/drivers/webkit.mjs";
import { launchBrowser } from "./browsers.mjs";
import { launchChromium } from "./chromium.mjs";
import { KINDS } from "./kinds.mjs";
import { faults, measureCold, measureRates, measureRested, measureStart, measureWarm } from "./measure.mjs";
import { buildNative } from "./native.mjs";
import { nodeProgram, versionsOf } from "./nodes.mjs";
import { openNative, openNode } from "./processes.mjs";
import * as report from "./report.mjs";
import { sizesOfEngine } from "./size.mjs";

/** What starts a place: what opens an engine's sessions there, and the place's name with its version. */
const PLACES = {
  node: options => nodePlace(process.execPath, options),
  node24: options => nodePlace(nodeProgram("node24"), options),
  node26: options => nodePlace(nodeProgram("node26"), options),
  chromium: () => browserPlace("Chromium", launchChromium()),
  firefox: () => browserPlace("Firefox", launchBrowser(firefox)),
  webkit: () => browserPlace("WebKitGTK", launchBrowser(webkit)),
};

const HELP = `node bench/run.mjs [options]
  --only NAME,...      only these kinds and sections; sections: ${sections().join(", ")}
  --engines NAME,...   only these engines, and native: lua.wasm, wasmoon, fengari, ... (default: all)
  --wasm FILE          another lua.wasm, side by side; may be given again
  --rounds N           samples of each figure (default 5)
  --scale X            the amount of work of each kind (default 1: about 0.2 s of native Lua)
  --passes NAME,...    which of warm, cold, and rested: cold, half a second after loading (default: all)
  --clock cpu          time the main thread runs instead of the wall clock, in Node, for a busy machine (Linux)
  --in NAME,...        where the wasm engines run: ${Object.keys(PLACES).join(", ")} (default: node, this one)
  --json FILE          all samples and figures`;

const OPTIONS = {
  only: { type: "string" },
  engines: { type: "string" },
  wasm: { type: "string", multiple: true, default: [] },
  rounds: { type: "string", default: "5" },
  scale: { type: "string", default: "1" },
  passes: { type: "string", default: "warm,cold,rested" },
  clock: { type: "string", default: "wall" },
  in: { type: "string", default: "node" },
  json: { type: "string" },
  help: { type: "boolean" },
};

const PASSES = { warm: measureWarm, cold: measureCold, rested: measureRested };

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SUBJECT = "lua.wasm";

function sections() {
  return ["start", "rates", "sizes", "external"];
}

/** The engines beside native, native being the measure of all. */
function engineList(options) {
  const others = options.wasm.map(file => ({
    name: nameOf(file, options.wasm),
    adapter: "lua",
    wasm: path.resolve(file),
  }));
  const all = [
    { name: SUBJECT, adapter: "lua", wasm: path.join(ROOT, "web/lua.wasm") },
    ...others,
    { name: "wasmoon", adapter: "wasmoon", wasm: path.join(ROOT, "node_modules/wasmoon/dist/glue.wasm") },
    { name: "fengari", adapter: "fengari", slow: true },
  ];
  return all.filter(({ name }) => chosen(options.engines, name));
}

/** The file's name, or its path where two have the same name. */
function nameOf(file, files) {
  const base = name => path.basename(name);
  const taken = [SUBJECT, ...files.filter(other => other !== file).map(base)];
  return taken.includes(base(file)) ? file : base(file);
}

const chosen = (list, name) => !list || list.split(",").includes(name);

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const options = { ...values, rounds: Number(values.rounds), scale: Number(values.scale) };
  if (!Number.isInteger(options.rounds) || options.rounds < 1) throw new Error("--rounds takes a whole number from 1");
  if (!(options.scale > 0)) throw new Error("--scale takes a number above 0");
  if (!["wall", "cpu"].includes(options.clock)) throw new Error("--clock is wall or cpu");
  allow("--only", values.only, [...KINDS, ...sections()]);
  allow("--passes", values.passes, Object.keys(PASSES));
  allow("--engines", values.engines, [
    "native",
    ...engineList({ ...values, engines: undefined }).map(({ name }) => name),
  ]);
  allow("--in", values.in, Object.keys(PLACES));
  options.kinds = KINDS.filter(kind => chosen(values.only, kind));
  options.note = text => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  return options;
}

function allow(option, list, names) {
  const wrong = list?.split(",").find(name => !names.includes(name));
  if (wrong !== undefined) throw new Error(`${option}: '${wrong}' is not one of ${names.join(", ")}`);
}

/** Measures in one place, prints its tables. @returns {Promise<{figures, samples, faults: string[]}>} */
async function measurePlace(title, engines, options) {
  const wants = section => chosen(options.only, section);
  const samples = {};
  const figures = {};
  const found = [];
  for (const [pass, measure] of Object.entries(PASSES)) {
    if (!options.kinds.length || !chosen(options.passes, pass)) continue;
    samples[pass] = await measure(engines, options);
    figures[pass] = report.passFigures(samples[pass]);
    found.push(...faults(samples[pass]).map(fault => `${title}, ${pass}: ${fault}`));
  }
  if (wants("start")) figures.start = report.startFigures((samples.start = await measureStart(engines, options)));
  if (wants("rates")) figures.rates = report.rateFigures((samples.rates = await measureRates(engines, options)));
  options.note("");
  print(title, figures);
  return { figures, samples, faults: found };
}

function print(title, { warm, cold, rested, start, rates }) {
  const show = (heading, table) => console.log(`${title}, ${heading}\n\n${table}\n`);
  if (warm) show("warm: time to native's, medians and minima", report.passTable(warm));
  if (cold)
    show("cold, the first run in a fresh process: time to native's, medians and minima", report.passTable(cold));
  if (rested) show("cold, half a second after loading: time to native's, medians and minima", report.passTable(rested));
  if (start) show("start-up", report.startTable(start, title.startsWith("Node")));
  if (rates) show("evals", report.rateTable(rates));
}

/** External tables have a benchmark of their own, of web/lua.wasm only: operations per second. */
function measureExternal(options) {
  options.note("external tables");
  const args = [path.join(ROOT, "bench/external.mjs"), "--json"];
  const { operationsPerSecond } = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  options.note("");
  const figures = Object.fromEntries(Object.entries(operationsPerSecond).map(([name, row]) => [name, row.external]));
  console.log(`External tables, operations per second: get ${figures.get}, set ${figures.set}\n`);
  return figures;
}

function machine() {
  const [{ model }] = os.cpus();
  return { cpu: model, cores: os.cpus().length, load: os.loadavg()[0], node: process.version, v8: process.versions.v8 };
}

/** The engine with its `open`, whose errors name it. */
function opening(engine, open) {
  const named = cause => {
    throw new Error(`${engine.name} does not start: ${cause.message}`, { cause });
  };
  return { ...engine, open: () => open().catch(named) };
}

async function main() {
  const options = readOptions();
  const { program, version } = buildNative();
  const native = { name: "native", open: () => openNative(program, options.clock) };
  const engines = engineList(options);
  const here = machine();
  console.log(
    `${version} native (cc -O2), Node ${here.node}, ${here.cpu}, ${here.cores} cores, load ${here.load.toFixed(1)}`,
  );
  console.log(`${options.rounds} rounds, scale ${options.scale}, ${options.clock} clock\n`);

  const results = { machine: here, options, places: {} };
  for (const place of options.in.split(",")) {
    results.places[place] = await measureIn(await PLACES[place](options), native, engines, options);
  }
  const { figures } = results.places.node ?? Object.values(results.places)[0];
  const pages = Object.values(results.places).filter(({ title }) => !title.startsWith("Node"));
  if (chosen(options.only, "sizes")) {
    figures.sizes = {};
    for (const engine of engines) figures.sizes[engine.name] = await sizesOfEngine(engine);
    console.log(`Sizes\n\n${report.sizeTable(figures.sizes)}\n`);
  }
  if (chosen(options.only, "external")) figures.external = { [SUBJECT]: measureExternal(options) };
  for (const { name, adapter } of engines)
    if (adapter === "lua") console.log(`${report.goalTable({ ...figures, pages }, name)}\n`);
  if (Object.keys(results.places).length > 1 && options.kinds.length > 0)
    console.log(`${report.placeTable(Object.values(results.places))}\n`);

  if (options.json) writeFileSync(options.json, JSON.stringify(results, null, 1));
  const allFaults = Object.values(results.places).flatMap(({ faults }) => faults);
  for (const fault of allFaults) console.error(fault);
  process.exitCode = allFaults.length ? 1 : 0;
}

function nodePlace(program, { clock }) {
  const { node, v8 } = versionsOf(program);
  const open = (adapter, wasm) => openNode(adapter, wasm, clock, program);
  return { title: `Node ${node} (V8 ${v8})`, open, close: async () => {}, hasFiles: true, clock };
}

async function browserPlace(name, launching) {
  const { version, open, close } = await launching;
  return { title: `${name} ${version}`, open, close, hasFiles: false, clock: "wall" };
}

async function measureIn({ title, open, close, hasFiles, clock }, native, engines, options) {
  const here = engines
    .filter(({ wasm }) => wasm || hasFiles)
    .map(engine => opening(engine, () => open(engine.adapter, engine.wasm)));
  try {
    return { title, ...(await measurePlace(title, [native, ...here], { ...options, clock })) };
  } finally {
    await close();
  }
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exit(1);
}
