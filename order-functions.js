#!/usr/bin/env node
// Changes a module in text form: node order-functions.js FILE. Puts similar functions next to each other, so that it compresses
// better; and lets every copy ask the host. Knows the text that wasm-opt writes, nothing else of what the functions do.

import fs from "node:fs";

/** Calls of the first 127 functions, the imports among them, are a byte shorter: wasm-opt has put the most called ones there. */
const SHORT_CALLS = 122;
/** What an equal signature counts, next to the instructions, of which two equal functions have 1 in common. */
const SAME_SIGNATURE = 1;

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
/** What copies otherwise: C, Rust, and the allocator when a block that grows must move. */
const askInCopies = lines =>
  lines[0].includes(`${COPY} `) ? lines : lines.map(line => line.replace("(memory.copy", `(call ${COPY}`));

/** What a function looks like: its signature, and all pairs of lines that follow one another, without names. */
function features(lines) {
  const [first, ...rest] = lines.map(line => line.trim().replace(/\$\S+/g, "$").replace(/\)+$/, ""));
  return { lines, signature: first, pairs: new Set(rest.map((line, i) => `${line}|${rest[i + 1]}`)) };
}

function similarity(a, b) {
  const [few, many] = a.pairs.size < b.pairs.size ? [a.pairs, b.pairs] : [b.pairs, a.pairs];
  let common = 0;
  for (const pair of few) if (many.has(pair)) common += 1;
  return common / Math.sqrt(few.size * many.size) + (a.signature === b.signature ? SAME_SIGNATURE : 0);
}

/** From the first on, always the one most like the last. */
function chain(functions) {
  const [left, ordered] = [[...functions], []];
  for (let next = 0; left.length > 0;) {
    const [last] = left.splice(next, 1);
    ordered.push(last);
    const likeness = left.map(other => similarity(last, other));
    next = likeness.indexOf(Math.max(...likeness));
  }
  return ordered;
}

const [file] = process.argv.slice(2);
const { head, functions, tail } = split(fs.readFileSync(file, "utf8"));
const all = functions.map(askInCopies).map(features);
const ordered = [...chain(all.slice(0, SHORT_CALLS)), ...chain(all.slice(SHORT_CALLS))];
fs.writeFileSync(file, [...head, ...ordered.flatMap(({ lines }) => lines), ...tail].join("\n"));
