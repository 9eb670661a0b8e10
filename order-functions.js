#!/usr/bin/env node
// Puts similar functions next to each other, so that a module compresses better: node order-functions.js FILE...
// The files are one module in several encodings, and all get the same order: of a few, the one that compresses best. With names
// or without: a file with names is not one that is downloaded. Knows the binary format, nothing of what the functions do.

import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { measure } from "./validate/budget.js";
import { readModule } from "./validate/module.js";
import { Reader } from "./validate/reader.js";
import { readFunctionNames } from "./validate/sizes.js";
import { leb, vector, withLength } from "./validate/writer.js";

/**
 * The orders that are tried, each by what likeness to the last functions counts when the next one is chosen, the last one
 * first. Which of them compresses best is chance: they differ by some 100 bytes, and otherwise with each change of a function.
 */
const NEARNESSES = [
  [1, 0.6, 0.4, 0.2],
  [1, 0.7, 0.5, 0.3],
  [1, 0.5, 0.3, 0.1],
  [1, 0.6, 0.4, 0.3, 0.2, 0.1],
  [1, 0.6, 0.3],
  [1, 0.8, 0.6, 0.4, 0.2],
];
/** Functions are alike that share runs of so many bytes. */
const RUN = 3;
/** What an equal signature counts, next to those, of which two equal functions have about 1 in common. */
const SAME_SIGNATURE = 0.03;

const HEADER_SIZE = 8;
/** The part of the custom section of names that has those of functions. */
const FUNCTION_NAMES = 1;

/** The runs of bytes, each with the places of the functions that have it. */
function runsOf(bytes, bodies) {
  const owners = new Map();
  bodies.forEach(({ first, end }, i) => {
    for (let at = first; at + RUN <= end; at += 1) {
      const run = bytes.readUIntBE(at, RUN);
      if (!owners.has(run)) owners.set(run, []);
      if (owners.get(run).at(-1) !== i) owners.get(run).push(i);
    }
  });
  return [...owners.values()];
}

/**
 * What a function's length counts against its likeness to another: that of the next one more than that of the last one,
 * so that short functions come while what they share is near.
 */
const [LAST_LENGTH, NEXT_LENGTH] = [0.3, 0.65];

/** How alike any two functions are: a row for each that is last, in it a figure for each that may be next. */
function likenesses(bytes, { bodies, functions }) {
  const count = bodies.length;
  const common = new Float64Array(count * count);
  for (const owners of runsOf(bytes, bodies)) {
    // The fewer have it, the more it counts.
    const weight = Math.log(1 + count / owners.length);
    for (const a of owners) for (const b of owners) common[a * count + b] += weight;
  }
  const lengths = bodies.map((_, i) => common[i * count + i] || 1);
  const signatures = functions.slice(-count);
  return common.map((weight, place) => {
    const [a, b] = [Math.floor(place / count), place % count];
    const signature = signatures[a] === signatures[b] ? SAME_SIGNATURE : 0;
    return weight / (lengths[a] ** LAST_LENGTH * lengths[b] ** NEXT_LENGTH) + signature;
  });
}

/** From the first on, always the one most like the last few. */
function chain(count, alike, nearness) {
  const left = Array.from({ length: count }, (_, i) => i);
  const ordered = [];
  for (let next = 0; left.length > 0;) {
    ordered.push(...left.splice(next, 1));
    const last = ordered.slice(-nearness.length).reverse();
    const score = each => last.reduce((sum, other, i) => sum + alike[other * count + each] * nearness[i], 0);
    const scores = left.map(score);
    next = scores.indexOf(Math.max(...scores));
  }
  return ordered;
}

/** The bytes from `start` to `end`, with other indices at the places of functions. */
function renumbered(bytes, start, end, places, renumber) {
  const pieces = [];
  let done = start;
  for (const place of places.filter(each => each.start >= start && each.end <= end)) {
    const index = new Reader(bytes, "a reference", place.start).u32();
    pieces.push(bytes.subarray(done, place.start), Buffer.from(leb(renumber(index))));
    done = place.end;
  }
  return Buffer.concat([...pieces, bytes.subarray(done, end)]);
}

/** The custom section of names, of functions alone. */
function nameSection(module, renumber) {
  const names = [...readFunctionNames(module)].map(([index, name]) => [renumber(index), Buffer.from(name)]);
  names.sort(([a], [b]) => a - b);
  const list = vector(names.map(([index, name]) => Buffer.concat([Buffer.from(leb(index)), withLength(name)])));
  return Buffer.concat([withLength(Buffer.from("name")), Buffer.of(FUNCTION_NAMES), withLength(list)]);
}

/** What a section has when functions are in another order, by the section's name. */
const REWRITTEN = {
  function: ({ reader, order }) => {
    const types = reader.vector(r => Buffer.from(leb(r.u32())));
    return vector(order.map(old => types[old]));
  },
  export: ({ bytes, module, reader, end, renumber }) =>
    renumbered(bytes, reader.position, end, module.references, renumber),
  element: ({ bytes, module, reader, end, renumber }) =>
    renumbered(bytes, reader.position, end, module.references, renumber),
  code: ({ bytes, module, order, renumber }) => {
    const bodies = module.bodies.map(each => renumbered(bytes, each.first, each.end, each.calls, renumber));
    return vector(order.map(old => withLength(bodies[old])));
  },
  name: ({ module, renumber }) => nameSection(module, renumber),
};

/** The same module with its own functions in another order, given as their places among those before. */
function reordered(bytes, module, order) {
  const imported = module.functions.length - order.length;
  const places = new Map(order.map((old, place) => [old + imported, place + imported]));
  const renumber = index => places.get(index) ?? index;
  const sections = module.sections.map(({ id, name, title, start, size }) => {
    const end = start + size;
    const rewrite = REWRITTEN[title ?? name];
    if (!rewrite) return bytes.subarray(start, end);
    const reader = new Reader(bytes, `the ${name} section`, start + 1, end);
    reader.u32();
    return Buffer.concat([Buffer.of(id), withLength(rewrite({ bytes, module, order, renumber, reader, end }))]);
  });
  return Buffer.concat([bytes.subarray(0, HEADER_SIZE), ...sections]);
}

/** The files' bytes in the order with which the largest of them is smallest. */
function ordered(files) {
  const modules = files.map(bytes => ({ bytes, module: readModule(bytes) }));
  const [{ bytes, module }] = modules;
  const isNamed = ({ module: { sections } }) => sections.some(({ title }) => title === "name");
  const alike = likenesses(bytes, module);
  const tried = NEARNESSES.map(nearness => {
    const order = chain(module.bodies.length, alike, nearness);
    const results = modules.map(each => reordered(each.bytes, each.module, order));
    const downloaded = results.filter((_, i) => !isNamed(modules[i]));
    return { results, size: Math.max(...downloaded.map(result => measure(result).brotli)) };
  });
  return tried.reduce((best, each) => (each.size < best.size ? each : best)).results;
}

export { ordered };

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  ordered(names.map(name => fs.readFileSync(name))).forEach((bytes, i) => fs.writeFileSync(names[i], bytes));
}
