#!/usr/bin/env node
// Puts a `nop` behind every call that ends a `try` body, without which WebKit's interpreter misses the exception
// (validate/rules.js). The last step but one of the build: LLVM moves what C puts there, and wasm-opt removes a `nop`.

import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { readModule } from "./validate/module.js";
import { vector, withLength } from "./validate/writer.js";

const CODE_SECTION = 10;
const NOP = Buffer.of(0x01);

function paddedBody(bytes, { first, end, lastCalls }) {
  const cuts = [first, ...lastCalls.map(({ position }) => position), end];
  const pieces = cuts.slice(1).flatMap((cut, i) => [NOP, bytes.subarray(cuts[i], cut)]);
  return withLength(Buffer.concat(pieces.slice(1)));
}

/** The same module with a `nop` at those places; calls in code that the validator refuses stay as they are. */
function pad(bytes) {
  const { sections, bodies } = readModule(bytes);
  const code = sections.find(({ id }) => id === CODE_SECTION);
  const end = code.start + code.size;
  const contents = vector(bodies.map(body => paddedBody(bytes, body)));
  return Buffer.concat([
    bytes.subarray(0, code.start),
    Buffer.of(CODE_SECTION),
    withLength(contents),
    bytes.subarray(end),
  ]);
}

export { pad };

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const file of process.argv.slice(2)) fs.writeFileSync(file, pad(fs.readFileSync(file)));
}
