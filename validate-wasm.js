#!/usr/bin/env node
"use strict";
// Checks a built lua.wasm: its imports, exports and everything else a host can notice (docs/abi.md), the WebAssembly
// features it needs, and its size (wasm-budget.json). Run by build.sh; the parts are in validate/.

const fs = require("node:fs");
const path = require("node:path");
const { parseArgs } = require("node:util");
const { Refused } = require("./validate/reader.js");
const { readModule } = require("./validate/module.js");
const { exceptionEncoding, violations } = require("./validate/rules.js");
const { checkBudget, measure, readBudget, record } = require("./validate/budget.js");
const { countSizes, sizeTable } = require("./validate/sizes.js");

const USAGE = "usage: node validate-wasm.js [file] [--bless] [--sizes] [--budget FILE]";
const DEFAULTS = {
  artifact: path.join(__dirname, "web", "lua.wasm"),
  budget: path.join(__dirname, "wasm-budget.json"),
  names: path.join(__dirname, "target", "lua.names.wasm"),
  map: path.join(__dirname, "target", "lua.map"),
};

/** This engine's own verdict on the code's types. Node 20 does not know exnref, so such modules go unasked. */
function engineViolations(bytes) {
  try {
    new WebAssembly.Module(bytes);
    return [];
  } catch (error) {
    return [`Node refuses the module: ${error.message}`];
  }
}

/**
 * Checks the bytes of a module against the contract, size excepted. Returns every violation as a sentence, the
 * encoding of exceptions ('legacy', 'exnref' or 'none') and the names of the features in use.
 */
function check(bytes) {
  try {
    const module = readModule(bytes);
    const found = violations(module);
    const exceptions = exceptionEncoding(module);
    if (found.length === 0 && exceptions !== "exnref") found.push(...engineViolations(bytes));
    return { violations: found, exceptions, features: [...module.features.keys()].sort() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { violations: [error.message], exceptions: "none", features: [] };
  }
}

function parseArguments(args) {
  const options = {
    bless: { type: "boolean" },
    sizes: { type: "boolean" },
    budget: { type: "string", default: DEFAULTS.budget },
  };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length > 1) throw new Error("one file at a time");
  return { ...values, file: positionals[0] ?? DEFAULTS.artifact };
}

function read(file) {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new Error(`${file} cannot be read (${error.code}): 'sh build.sh' makes it`);
  }
}

/** The table of `--sizes`, from what the build leaves in target/. */
function describeSizes(artifactSize) {
  const counted = countSizes(readModule(read(DEFAULTS.names)), read(DEFAULTS.map).toString());
  const stale = `note: target/lua.names.wasm without its names has ${counted.total} bytes, the file checked ${artifactSize}: not from one build`;
  return counted.total === artifactSize ? sizeTable(counted) : `${sizeTable(counted)}\n${stale}`;
}

/** Checks one file as the command line asks; prints what is found and returns the exit code. */
function run({ file, budget: budgetFile, bless, sizes: wantsSizes }) {
  const bytes = read(file);
  const budget = readBudget(budgetFile);
  if (wantsSizes) console.log(describeSizes(bytes.length));
  const contract = check(bytes);
  const sizes = measure(bytes);
  const size = checkBudget(sizes, budget, bless);
  const found = [...contract.violations, ...size.violations];
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

module.exports = { check };

if (require.main === module) process.exitCode = main(process.argv.slice(2));
