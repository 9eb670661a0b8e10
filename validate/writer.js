// Pieces of a WebAssembly binary as bytes: numbers in LEB128, and what has its length ahead of it.

/** An unsigned number, as an array of bytes. */
function leb(number) {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...leb(number >>> 7)];
}

function withLength(contents) {
  return Buffer.concat([Buffer.from(leb(contents.length)), contents]);
}

/** A count, then each thing's bytes. */
function vector(items) {
  return Buffer.concat([Buffer.from(leb(items.length)), ...items]);
}

export { leb, vector, withLength };
