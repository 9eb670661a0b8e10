// What the module may weigh: measures it and compares with wasm-budget.json.

import fs from "node:fs";
import zlib from "node:zlib";

const MEASURES = ["raw", "gzip", "brotli"];
/** How far a size may move from the recorded one before somebody has to look. */
const TOLERANCE = 0.01;

function brotliSize(bytes) {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return zlib.brotliCompressSync(bytes, { params }).length;
}

/** Bytes as they are, with gzip -9 and with brotli -q 11. */
function measure(bytes) {
  return { raw: bytes.length, gzip: zlib.gzipSync(bytes, { level: 9 }).length, brotli: brotliSize(bytes) };
}

/** The budget in `file`; throws an Error with a sentence for the user when there is none. */
function readBudget(file) {
  let budget;
  try {
    budget = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Error(`${file}: the size budget cannot be read: ${cause.message}`, { cause });
  }
  if (!budget?.limit || !budget.recorded) throw new Error(`${file}: a size budget needs 'limit' and 'recorded'`);
  return budget;
}

function* limitViolations(sizes, limit) {
  for (const name of MEASURES) {
    if (sizes[name] > limit[name]) yield `size: ${sizes[name]} bytes ${name} are over the limit of ${limit[name]}`;
  }
}

function* growthViolations(sizes, recorded) {
  for (const name of MEASURES) {
    if (recorded[name] && sizes[name] > recorded[name] * (1 + TOLERANCE)) {
      const growth = `${sizes[name]} bytes ${name} are more than 1 % over the recorded ${recorded[name]}`;
      yield `size: ${growth}: make it smaller, or accept it with --bless`;
    }
  }
}

function* notes(sizes, { recorded, goal = {} }) {
  for (const name of MEASURES) {
    if (!recorded[name]) yield `size: nothing recorded for ${name} yet: record it with --bless`;
    else if (sizes[name] < recorded[name] * (1 - TOLERANCE)) {
      yield `size: ${sizes[name]} bytes ${name} are more than 1 % below the recorded ${recorded[name]}: record it with --bless`;
    }
    if (sizes[name] > goal[name]) yield `size: ${sizes[name]} bytes ${name} are over the goal of ${goal[name]}`;
  }
}

/** Sizes against a budget; with `bless` the recorded sizes do not count, only the limits do. */
function checkBudget(sizes, budget, bless) {
  const growth = bless ? [] : growthViolations(sizes, budget.recorded);
  const compared = bless ? { ...budget, recorded: sizes } : budget;
  return { violations: [...limitViolations(sizes, budget.limit), ...growth], notes: [...notes(sizes, compared)] };
}

/** Writes `sizes` into the budget file as the recorded ones. */
function record(file, budget, sizes) {
  fs.writeFileSync(file, `${JSON.stringify({ ...budget, recorded: sizes }, null, 2)}\n`);
}

export { checkBudget, measure, readBudget, record };
