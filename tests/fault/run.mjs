#!/usr/bin/env node
// Prints the figures of fault injection on the shipped module: programs, k tried, errors.
// Usage: node tests/fault/run.mjs [--all] [--only PART]   without --all, some k of each program; PART of a program's name
import { parseArgs } from "node:util";
import * as allocations from "./allocations.mjs";
import * as hostCalls from "./host-calls.mjs";

const { values } = parseArgs({ options: { all: { type: "boolean" }, only: { type: "string", default: "" } } });

function sum(what, targets, most) {
  const total = { programs: 0, tried: 0, errors: 0 };
  for (const [name, inject] of targets.filter(([name]) => name.includes(values.only))) {
    const { tried, errors = 0 } = inject(values.all ? Infinity : most);
    console.log(`${String(tried).padStart(7)}  ${what}: ${name}`);
    total.programs++;
    total.tried += tried;
    total.errors += errors;
  }
  return total;
}

const failed = sum("failing allocation", allocations.targets(), 20);
const lied = sum("wrong answer of the host", hostCalls.targets(), 3);
console.log(
  `failing allocations: ${failed.programs} programs, ${failed.tried} k tried, ${failed.errors} errors, no trap`,
);
console.log(`refusing and lying hosts: ${lied.programs} programs, ${lied.tried} calls answered wrongly, no trap`);
