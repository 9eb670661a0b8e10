#!/usr/bin/env node
// Checks a built lua.wasm: its imports, exports and everything else a host can notice (docs/abi.md), the WebAssembly
// features it needs, and its size (wasm-budget.json). Run by build.sh; the parts are in validate/.

import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { readModule } from "./validate/module.js";
import { check } from "./validate/check.js";
import { checkBudget, measure, readBudget, record } from "./validate/budget.js";
import { compress } from "./validate/compressed.js";
import { countSizes, sizeTable } from "./validate/sizes.js";
import { twinViolations } from "./validate/twin.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));

const USAGE = "usage: node validate-wasm.js [file] [--bless] [--sizes [--compressed]] [--budget FILE] [--twin-of FILE]";
const DEFAULTS = {
  artifact: path.join(HERE, "web", "lua.wasm"),
  budget: path.join(HERE, "wasm-budget.json"),
  names: path.join(HERE, "target", "lua.names.wasm"),
  map: path.join(HERE, "target", "lua.map"),
};

function parseArguments(args) {
  const options = {
    bless: { type: "boolean" },
    sizes: { type: "boolean" },
    compressed: { type: "boolean" },
    budget: { type: "string", default: DEFAULTS.budget },
    "twin-of": { type: "string" },
  };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length > 1) throw new Error("one file at a time");
  return { ...values, file: positionals[0] ?? DEFAULTS.artifact };
}

function readFile(file) {
  try {
    return fs.readFileSync(file);
  } catch (cause) {
    throw new Error(`${file} cannot be read (${cause.code}): 'sh build.sh' makes it`, { cause });
  }
}

/** What keeps a module that keeps the contract from being a twin of that in `file`. */
function checkTwin(bytes, file) {
  const read = bytes => ({ bytes, module: readModule(bytes), exceptions: check(bytes).exceptions });
  return [...twinViolations(read(bytes), read(readFile(file)))];
}

/** The table of `--sizes`, from what the build leaves in target/; with `--compressed`, what each part costs with brotli. */
function describeSizes(artifactSize, compressed) {
  const bytes = readFile(DEFAULTS.names);
  const module = readModule(bytes);
  const counted = countSizes(module, readFile(DEFAULTS.map).toString());
  if (compressed) compress(bytes, module, counted);
  const stale = `note: target/lua.names.wasm without its names has ${counted.total} bytes, the file checked ${artifactSize}: not from one build`;
  return counted.total === artifactSize ? sizeTable(counted) : `${sizeTable(counted)}\n${stale}`;
}

/** Checks one file as the command line asks; prints what is found and returns the exit code. */
function run({ file, budget: budgetFile, bless, sizes: wantsSizes, compressed, "twin-of": original }) {
  const bytes = readFile(file);
  const budget = readBudget(budgetFile);
  if (wantsSizes) console.log(describeSizes(bytes.length, compressed));
  const contract = check(bytes);
  const sizes = measure(bytes);
  const size = checkBudget(sizes, budget, bless);
  const found = [...contract.violations, ...size.violations];
  if (original && contract.violations.length === 0) found.push(...checkTwin(bytes, original));
  size.notes.forEach(note => console.log(`note: ${note}`));
  console.log(`features: ${contract.features.join(", ") || "none"}`);
  if (found.length > 0) return report(file, found);
  if (bless) record(budgetFile, budget, sizes);
  console.log(
    `ABI: ok, size: ${sizes.raw} raw, ${sizes.gzip} gzip, ${sizes.brotli} brotli, exceptions: ${contract.exceptions}`,
  );
  return 0;
}

function report(file, found) {
  found.forEach(sentence => console.log(`error: ${sentence}`));
  console.log(`ABI: ${found.length} ${found.length === 1 ? "violation" : "violations"} in ${file}`);
  return 1;
}

function main(args) {
  try {
    return run(parseArguments(args));
  } catch (error) {
    console.log(`error: ${error.message}`);
    if (error.code?.startsWith("ERR_PARSE_ARGS")) console.log(USAGE);
    return 1;
  }
}

process.exitCode = main(process.argv.slice(2));
