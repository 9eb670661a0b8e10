#!/usr/bin/env node
// Prints what each recursion leaves of the engine's stack in Chromium, Firefox and WebKit, in a page and in a worker, with
// frames as large as each engine makes them. Usage: node tests/engines/depth-table.mjs [--only PART-OF-A-NAME]
import { parseArgs } from "node:util";
import * as chromium from "./drivers/chromium.mjs";
import * as firefox from "./drivers/firefox.mjs";
import * as webkit from "./drivers/webkit.mjs";
import { runIn } from "./engine.mjs";
import { failures, leastLeft } from "./report.mjs";

const FILE = "tests/engines/browser/depth.mjs";
const THREADS = ["a page", "a worker"];

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const without = values.only && `^(?!.*${values.only.replace(/[^\w ]/g, "\\$&")})`;
const runs = [];
for (const { name, launch, largestFrames } of [chromium, firefox, webkit]) {
  runs.push(await runIn({ name, launch: () => launch(largestFrames) }, [FILE], { patience: 180_000, without }));
}

/** "a page 83" -> "83 %". */
const left = (notes = [], where) =>
  notes.filter(note => note.startsWith(where)).map(note => `${note.slice(where.length + 1)} %`)[0];

const columns = runs.flatMap(run => THREADS.map(where => ({ run, where })));
console.log(
  `| recursion | ${columns.map(({ run, where }) => `${run.name}, ${where}`).join(" | ")} |\n|---|${"---:|".repeat(columns.length)}`,
);
const recursion = ({ name }) => name.replace(/: its end in .*/, "");
for (const name of new Set(runs[0].results.map(recursion))) {
  const cell = ({ run, where }) =>
    run.results
      .filter(result => recursion(result) === name)
      .map(({ notes }) => left(notes, where))
      .find(Boolean);
  console.log(`| ${name} | ${columns.map(column => cell(column) ?? "failed").join(" | ")} |`);
}
for (const run of runs) {
  const least = Object.entries(leastLeft(run)).map(([where, [share, name]]) => `${share} % in ${where} (${name})`);
  console.log(
    `${run.name} ${run.version}: ${run.results.length} measured, least left of the engine's stack: ${least.join(", ")}`,
  );
}
for (const text of failures(runs)) console.log(text);
process.exitCode = failures(runs).length > 0 ? 1 : 0;
