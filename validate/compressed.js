// What code costs in a module as it is downloaded: how much smaller the file is with brotli when those functions do nothing.
// What the rest has in common with them is counted to the rest, so that parts add up to less than the file.

import { measure } from "./budget.js";
import { vector, withLength } from "./writer.js";

const UNREACHABLE = Buffer.of(0x00, 0x00, 0x0b);

/** The module without custom sections, and without the code of some functions. */
function without(bytes, { sections, bodies }, indices) {
  const absent = new Set(indices);
  const code = bodies.map(({ index, first, end }) =>
    withLength(absent.has(index) ? UNREACHABLE : bytes.subarray(first, end)),
  );
  const kept = sections.filter(({ name }) => name !== "custom");
  const parts = kept.map(({ id, name, start, size }) =>
    name === "code" ? Buffer.concat([Buffer.of(id), withLength(vector(code))]) : bytes.subarray(start, start + size),
  );
  return Buffer.concat([bytes.subarray(0, sections[0].start), ...parts]);
}

/** Adds `brotli` to each row of functions that countSizes made. Takes half a second a row. */
export function compress(bytes, module, { parts, files }) {
  const size = indices => measure(without(bytes, module, indices)).brotli;
  const whole = size([]);
  for (const row of [...parts.values(), ...files.values()]) {
    if (row.indices.length > 0) row.brotli = whole - size(row.indices);
  }
}
