// The instructions this module may contain: how long each one is and which WebAssembly feature it belongs to.
// Knows no section. Whether the code is well-typed is the engine's business, not decided here.

const VALUE_TYPES = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
  [0x69, "exnref"],
]);
const NUMBER_TYPES = new Set(["i32", "i64", "f32", "f64"]);

function readValueType(reader) {
  const type = VALUE_TYPES.get(reader.peek());
  if (!type) reader.forbidden(`uses type 0x${hex(reader.peek())} (GC or typed references)`);
  reader.skip(1);
  return type;
}

/** The type of a local or of a block: a number, or an exception on its way to `throw_ref`. */
function readCodeType(reader, use) {
  const type = readValueType(reader);
  if (type === "exnref") use("exnref", "exnref");
  else if (!NUMBER_TYPES.has(type))
    reader.forbidden(`uses type ${type} (${type === "v128" ? "SIMD" : "reference types"})`);
  return type;
}

const EMPTY_BLOCK = 0x40;

/** Bytes 0x41 to 0x7f are negative in the one-byte signed LEB, so value types; all else is a type index. */
function blockType(reader, use) {
  const byte = reader.peek();
  if (byte === EMPTY_BLOCK) reader.skip(1);
  else if (byte > EMPTY_BLOCK && byte < 0x80) readCodeType(reader, use);
  else reader.forbidden("has a block with a type index (multi-value)");
}

/** The index of the only memory or table: one zero byte. Longer spellings came with later proposals. */
function zeroIndex(what, feature) {
  return reader => {
    if (reader.byte() !== 0) reader.forbidden(`refers to a ${what} other than by the single byte 0 (${feature})`);
  };
}

const MULTI_MEMORY_FLAG = 0x40;
const memoryIndex = zeroIndex("memory", "multi-memory");
const tableIndex = zeroIndex("table", "reference types");
const none = () => {};
const index = reader => {
  reader.u32();
};
const bytes = count => reader => reader.skip(count);
const all =
  (...parts) =>
  (reader, use) =>
    parts.forEach(part => part(reader, use));

function memoryArgument(reader) {
  if (reader.u32() & MULTI_MEMORY_FLAG) reader.forbidden("has a load or store with a memory index (multi-memory)");
  reader.u32();
}

function branchTable(reader) {
  reader.vector(index);
  index(reader);
}

/** `try_table`'s catch clauses: kinds 0 and 1 name a tag, 2 and 3 catch all; then the label. */
function catchClause(reader) {
  const kind = reader.byte();
  if (kind > 3) reader.malformed(`has a catch clause of unknown kind ${kind}`);
  if (kind < 2) index(reader);
  index(reader);
}

const OPENS = 1;
const CLOSES = -1;
const PREFIX = 0xfc;

/** Opcode -> { name, immediates, feature, nesting }; opcodes behind the 0xfc prefix are 0xfc00 + n. */
const INSTRUCTIONS = new Map();

/** Adds one instruction per name, at consecutive opcodes. */
function define(first, names, immediates, feature, nesting = 0) {
  names.split(" ").forEach((name, i) => INSTRUCTIONS.set(first + i, { name, immediates, feature, nesting }));
}

function defineRange(first, last, name, immediates, feature) {
  for (let opcode = first; opcode <= last; opcode += 1) define(opcode, name, immediates, feature);
}

define(0x00, "unreachable nop", none);
define(0x02, "block loop if", blockType, undefined, OPENS);
define(0x05, "else", none);
define(0x06, "try", blockType, "legacy exceptions", OPENS);
define(0x07, "catch", index, "legacy exceptions");
define(0x08, "throw", index, "exception handling");
define(0x09, "rethrow", index, "legacy exceptions");
define(0x0a, "throw_ref", none, "exnref");
define(0x0b, "end", none, undefined, CLOSES);
define(0x0c, "br br_if", index);
define(0x0e, "br_table", branchTable);
define(0x0f, "return", none);
define(0x10, "call", index);
define(0x11, "call_indirect", all(index, tableIndex));
define(0x18, "delegate", index, "legacy exceptions", CLOSES);
define(0x19, "catch_all", none, "legacy exceptions");
define(0x1a, "drop select", none);
define(
  0x1f,
  "try_table",
  all(blockType, reader => reader.vector(catchClause)),
  "exnref",
  OPENS,
);
define(0x20, "local.get local.set local.tee global.get global.set", index);
defineRange(0x28, 0x3e, "load or store", memoryArgument);
define(0x3f, "memory.size memory.grow", memoryIndex);
define(0x41, "i32.const", reader => reader.skipSigned(32));
define(0x42, "i64.const", reader => reader.skipSigned(64));
define(0x43, "f32.const", bytes(4));
define(0x44, "f64.const", bytes(8));
defineRange(0x45, 0xbf, "numeric", none);
defineRange(0xc0, 0xc4, "extend", none, "sign extension");
defineRange(0xfc00, 0xfc07, "trunc_sat", none, "non-trapping conversion");
define(0xfc08, "memory.init", all(index, memoryIndex), "bulk memory");
define(0xfc09, "data.drop", index, "bulk memory");
define(0xfc0a, "memory.copy", all(memoryIndex, memoryIndex), "bulk memory");
define(0xfc0b, "memory.fill", memoryIndex, "bulk memory");

/** Where each refused opcode comes from: [first, last, feature]. */
const REFUSED = [
  [0x12, 0x13, "tail calls"],
  [0x14, 0x15, "typed references"],
  [0x1c, 0x1c, "reference types"],
  [0x25, 0x26, "reference types"],
  [0xd0, 0xd2, "reference types"],
  [0xd3, 0xd6, "GC"],
  [0xfb, 0xfb, "GC"],
  [0xfd, 0xfd, "SIMD"],
  [0xfe, 0xfe, "threads"],
  [0xfc0c, 0xfc11, "reference types"],
];

function hex(number) {
  return number.toString(16).padStart(2, "0");
}

function refuse(reader, opcode, start) {
  reader.position = start;
  const entry = REFUSED.find(([first, last]) => opcode >= first && opcode <= last);
  reader.forbidden(`uses opcode 0x${hex(opcode)} (${entry ? entry[2] : "unknown"})`);
}

function readInstruction(reader) {
  const start = reader.position;
  let opcode = reader.byte();
  if (opcode === PREFIX) opcode = PREFIX * 0x100 + reader.u32();
  return INSTRUCTIONS.get(opcode) ?? refuse(reader, opcode, start);
}

const CALLS = new Set(["call", "call_indirect"]);
const HANDLERS = new Set(["catch", "catch_all", "delegate"]);

/** Whether an instruction ends the body of what is open. */
const endsTry = (open, name) => (open === "try" ? HANDLERS.has(name) : open === "try_table" && name === "end");

/**
 * Reads instructions up to the `end` that closes the body, which must be its last byte. Returns where calls name functions,
 * { start, end }; and `lastCalls`, those that are the last instruction of a `try` or `try_table` body: { call, position },
 * where `position` is that of what ends the body.
 */
function readCode(reader, use) {
  const [open, calls, lastCalls] = [["function"], [], []];
  for (let previous; open.length > 0;) {
    if (reader.atEnd) reader.malformed("does not end with 'end'");
    const { position } = reader;
    const { name, immediates, feature, nesting } = readInstruction(reader);
    const start = reader.position;
    immediates(reader, use);
    if (name === "call") calls.push({ start, end: reader.position });
    if (feature) use(feature, name);
    if (CALLS.has(previous) && endsTry(open.at(-1), name)) lastCalls.push({ call: previous, position });
    if (nesting === OPENS) open.push(name);
    else if (nesting === CLOSES) open.pop();
    else if (HANDLERS.has(name)) open[open.length - 1] = name;
    previous = name;
  }
  reader.expectEnd();
  return { calls, lastCalls };
}

const CONSTANTS = new Set(["i32.const", "i64.const", "f32.const", "f64.const", "global.get"]);

/** An initialiser: one constant, then `end`. Returns the name of the instruction. */
function readConstant(reader) {
  const { name, immediates } = readInstruction(reader);
  if (!CONSTANTS.has(name)) reader.forbidden(`has an initialiser that is not a constant but '${name}'`);
  immediates(reader);
  if (readInstruction(reader).name !== "end") reader.forbidden("has an initialiser of more than one constant");
  return name;
}

export { NUMBER_TYPES, readCode, readCodeType, readConstant, readValueType };
