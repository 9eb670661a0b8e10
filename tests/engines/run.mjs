#!/usr/bin/env node
// Runs the tests that need only the module or the package in Chromium, Firefox and WebKit at the same time, and compares what the
// three say. Every line, with its milliseconds, is in target/engines/<engine>.txt.
// Usage: node tests/engines/run.mjs [--short] [--only PART-OF-A-PATH] [--engine NAME]
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as choice from "./choice.mjs";
import * as chromium from "./drivers/chromium.mjs";
import * as firefox from "./drivers/firefox.mjs";
import * as webkit from "./drivers/webkit.mjs";
import { runAllIn } from "./engine.mjs";
import * as report from "./report.mjs";

const ENGINES = [chromium, firefox, webkit];
/** Milliseconds without a word from a page until it counts as hanging. */
const PATIENCE = 180_000;
const LINES = new URL("../../target/engines/", import.meta.url);

function write({ name, results }) {
  const lines = results.map(
    result => `${report.line(result)}  ${result.ms ?? 0} ms${(result.notes ?? []).map(note => `  ${note}`).join("")}\n`,
  );
  mkdirSync(LINES, { recursive: true });
  writeFileSync(new URL(`${name}.txt`, LINES), lines.join(""));
}

/** One line a file, as soon as all engines have run it. */
function progress(engines) {
  const done = new Map();
  return (file, results) => {
    const counts = [...(done.get(file) ?? []), results.filter(({ status }) => status === "ok").length];
    done.set(file, counts);
    if (counts.length === engines) console.log(`${file}: ${[...new Set(counts)].join(" or ")} pass`);
  };
}

function show(runs) {
  for (const text of report.leftOut(runs[0])) console.log(text);
  const different = report.differences(runs);
  for (const [line, names] of different) console.log(`only ${names.join(" and ")}: ${line}`);
  const failures = report.failures(runs);
  for (const text of failures) console.log(text);
  for (const run of runs) {
    const least = Object.entries(report.leastLeft(run)).map(
      ([where, [left, name]]) => `${left} % in ${where} (${name})`,
    );
    if (least.length > 0) console.log(`${run.name}: least left of the engine's stack: ${least.join(", ")}`);
  }
  for (const run of runs) {
    const most = Object.entries(report.latest(run)).map(([where, [late, name]]) => `${late} ms in ${where} (${name})`);
    if (most.length > 0) console.log(`${run.name}: longest after a timeout: ${most.join(", ")}`);
  }
  for (const run of runs) console.log(report.totals(run));
  return failures.length === 0 && different.length === 0;
}

const string = { type: "string", default: "" };
const { values } = parseArgs({ options: { short: { type: "boolean", default: false }, only: string, engine: string } });
const drivers = ENGINES.filter(({ name }) => name.toLowerCase().includes(values.engine.toLowerCase()));
const files = choice.files(values);
if (files.length === 0 || drivers.length === 0) throw new Error("there is no such file or engine");
const done = progress(drivers.length);
const without = values.short ? choice.LONG_TESTS : "";
const parts = { depths: files.filter(choice.isDepth), others: files.filter(file => !choice.isDepth(file)) };
const runs = await Promise.all(drivers.map(driver => runAllIn(driver, parts, { patience: PATIENCE, without, done })));
runs.forEach(write);
if (without) console.log(`left out in the short form: ${without}`);
process.exitCode = show(runs) ? 0 : 1;
