#!/usr/bin/env node
// Changes a module in text form: node order-functions.js FILE. Puts similar functions next to each other, so that it compresses
// better; and lets every copy ask the host. Knows the text that wasm-opt writes, nothing else of what the functions do.

import fs from "node:fs";

/** Calls of the first 127 functions, the imports among them, are a byte shorter: wasm-opt has put the most called ones there. */
const SHORT_CALLS = 122;
/** What an equal signature counts, next to the instructions, of which two equal functions have 1 in common. */
const SAME_SIGNATURE = 0.05;
/** What likeness to the last functions in the order counts when the next one is chosen, the last one first. */
const NEARNESS = [1, 0.7, 0.5, 0.3];

/** The text ahead of the functions, each function's lines, and the text behind them. */
function split(text) {
  const [head, functions, tail] = [[], [], []];
  let open;
  for (const line of text.split("\n")) {
    if (line.startsWith(" (func ")) functions.push((open = []));
    (open ?? (functions.length === 0 ? head : tail)).push(line);
    if (line === " )") open = undefined;
  }
  return { head, functions, tail };
}

/** Copies bytes, and asks the host now and then in one that is long (lua/safepoint.c). */
const COPY = "$lua_copybytes";
const isCopy = lines => lines[0].includes(`${COPY} `);
/**
 * What copies otherwise: C, Rust, and the allocator when a block that grows must move. Blocks that overlap would be copied
 * wrongly, but nothing in the module calls `memmove` or Rust's `copy`.
 */
const askInCopies = lines => (isCopy(lines) ? lines : lines.map(line => line.replace("(memory.copy", `(call ${COPY}`)));

/** What a function looks like: its signature, and all three lines that follow one another, without names. */
function features(lines) {
  const [first, ...rest] = lines.map(line => line.trim().replace(/\$\S+/g, "$").replace(/\)+$/, ""));
  return { lines, signature: first, parts: new Set(rest.map((_, i) => rest.slice(i, i + 3).join("|"))) };
}

/** What each such part counts: the more, the fewer functions have it. Gives each function the root of its own sum. */
function weigh(functions) {
  const counts = new Map();
  for (const { parts } of functions) for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  const weights = new Map(Array.from(counts, ([part, count]) => [part, Math.log(1 + functions.length / count)]));
  for (const each of functions) {
    let sum = 0;
    for (const part of each.parts) sum += weights.get(part);
    each.length = Math.sqrt(sum);
  }
  return weights;
}

function similarity(a, b, weights) {
  const [few, many] = a.parts.size < b.parts.size ? [a.parts, b.parts] : [b.parts, a.parts];
  let common = 0;
  for (const part of few) if (many.has(part)) common += weights.get(part);
  return common / (a.length * b.length || 1) + (a.signature === b.signature ? SAME_SIGNATURE : 0);
}

/** From the first on, always the one most like the last few. */
function chain(functions, weights) {
  const left = functions.map(each => ({ each, likenesses: [] }));
  const ordered = [];
  for (let next = 0; left.length > 0;) {
    const [{ each: last }] = left.splice(next, 1);
    ordered.push(last);
    for (const { each, likenesses } of left) {
      likenesses.unshift(similarity(last, each, weights));
      likenesses.length = Math.min(likenesses.length, NEARNESS.length);
    }
    const scores = left.map(({ likenesses }) => likenesses.reduce((sum, one, i) => sum + one * NEARNESS[i], 0));
    next = scores.indexOf(Math.max(...scores));
  }
  return ordered;
}

const [file] = process.argv.slice(2);
const { head, functions, tail } = split(fs.readFileSync(file, "utf8"));
// A build without steps has no such function (lua/steps_off.h).
const asking = functions.some(isCopy) ? functions.map(askInCopies) : functions;
const all = asking.map(features);
const weights = weigh(all);
const ordered = [...chain(all.slice(0, SHORT_CALLS), weights), ...chain(all.slice(SHORT_CALLS), weights)];
fs.writeFileSync(file, [...head, ...ordered.flatMap(({ lines }) => lines), ...tail].join("\n"));
