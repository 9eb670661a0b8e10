// Reads a WebAssembly binary into plain lists: sections, types, imports, exports and what the code uses.
// Knows the format only, nothing of Lua's contract. What the format has but no rule needs is passed over.

import { Reader, Refused } from "./reader.js";
import { readCode, readCodeType, readConstant, readValueType } from "./instructions.js";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const CUSTOM = 0;
const KINDS = ["function", "table", "memory", "global", "tag"];
const FUNCTION_FORM = 0x60;

/** Known sections in the order in which they must come: id, name, reader of the contents. */
const SECTIONS = [
  [
    1,
    "type",
    (reader, module) => {
      module.types = reader.vector(readType);
    },
  ],
  [
    2,
    "import",
    (reader, module) => {
      module.imports = reader.vector(r => readImport(r, module));
    },
  ],
  [3, "function", readDeclarations],
  [
    4,
    "table",
    (reader, module) => {
      module.tables.push(...reader.vector(readTable));
    },
  ],
  [
    5,
    "memory",
    (reader, module) => {
      module.memories.push(...reader.vector(readLimits));
    },
  ],
  [
    13,
    "tag",
    (reader, module) => {
      module.tags.push(...reader.vector(r => readTag(r, module)));
    },
  ],
  [
    6,
    "global",
    (reader, module) => {
      module.globals.push(...reader.vector(readGlobal));
    },
  ],
  [
    7,
    "export",
    (reader, module) => {
      module.exports = reader.vector(r => readExport(r, module));
    },
  ],
  [
    8,
    "start",
    reader => {
      reader.u32();
    },
  ],
  [
    9,
    "element",
    (reader, module) => {
      reader.vector((r, i) => readElement(r, module, i));
    },
  ],
  [
    12,
    "data count",
    reader => {
      reader.u32();
    },
  ],
  [10, "code", readBodies],
  [
    11,
    "data",
    (reader, module) => {
      module.data.push(...reader.vector(readData));
    },
  ],
];

function readType(reader, index) {
  const form = reader.byte();
  if (form !== FUNCTION_FORM) reader.forbidden(`has type ${index} of form 0x${form.toString(16)}, not a function (GC)`);
  return { params: reader.vector(readValueType), results: reader.vector(readValueType) };
}

/** A function's signature, given in the binary as an index into the types. */
function readSignature(reader, module) {
  const index = reader.u32();
  return module.types[index] ?? reader.malformed(`names type ${index}, which does not exist`);
}

function readDeclarations(reader, module) {
  const signatures = reader.vector(r => readSignature(r, module));
  module.functions.push(...signatures);
  module.declared = signatures.length;
}

function readTag(reader, module) {
  if (reader.byte() !== 0) reader.malformed("has a tag that is not an exception");
  return readSignature(reader, module);
}

function readLimits(reader) {
  const flags = reader.byte();
  if (flags > 7) reader.forbidden(`has limits with flags 0x${flags.toString(16)} (custom page sizes)`);
  const is64 = (flags & 4) !== 0;
  const bounded = (flags & 1) !== 0;
  const bound = () => (is64 ? reader.skipSigned(64) : reader.u32());
  const minimum = bound();
  if (bounded) bound();
  return { minimum, bounded, shared: (flags & 2) !== 0, is64 };
}

function readTable(reader) {
  return { type: readValueType(reader), limits: readLimits(reader) };
}

function readGlobalType(reader) {
  const type = readValueType(reader);
  const flag = reader.byte();
  if (flag > 1) reader.malformed(`has a global with flags ${flag}`);
  return { type, mutable: flag === 1 };
}

function readGlobal(reader) {
  return { ...readGlobalType(reader), initialiser: readConstant(reader) };
}

function readKind(reader) {
  const code = reader.byte();
  return KINDS[code] ?? reader.malformed(`has an entry of unknown kind ${code}`);
}

/** What an import describes, appended to the index space it belongs to. */
const IMPORTED = {
  function: (reader, module) => {
    module.functions.push(readSignature(reader, module));
  },
  table: (reader, module) => {
    module.tables.push(readTable(reader));
  },
  memory: (reader, module) => {
    module.memories.push(readLimits(reader));
  },
  global: (reader, module) => {
    module.globals.push(readGlobalType(reader));
  },
  tag: (reader, module) => {
    module.tags.push(readTag(reader, module));
  },
};

function readImport(reader, module) {
  const entry = { module: reader.name(), name: reader.name(), kind: readKind(reader) };
  IMPORTED[entry.kind](reader, module);
  if (entry.kind === "function") entry.signature = module.functions.at(-1);
  return entry;
}

/** The index of a function; its place is kept beside those in code, for who gives functions other indices. */
function readReference(reader, module) {
  const start = reader.position;
  const index = reader.u32();
  module.references.push({ start, end: reader.position });
  return index;
}

function readExport(reader, module) {
  const [name, kind] = [reader.name(), readKind(reader)];
  return { name, kind, index: kind === "function" ? readReference(reader, module) : reader.u32() };
}

function readElement(reader, module, index) {
  const flags = reader.u32();
  if (flags !== 0) reader.forbidden(`has segment ${index} of kind ${flags}, not a plain active one (reference types)`);
  readConstant(reader);
  reader.vector(r => readReference(r, module));
}

function readData(reader, index) {
  const flags = reader.u32();
  if (flags > 1) reader.forbidden(`has segment ${index} with a memory index (multi-memory)`);
  if (flags === 0) readConstant(reader);
  const { bytes, position, end } = reader.slice(reader.u32(), `data segment ${index}`);
  return bytes.subarray(position, end);
}

function readBodies(reader, module) {
  const first = module.functions.length - module.declared;
  module.bodies = reader.vector((r, i) => readBody(r, module, first + i));
}

/**
 * One function: its length at `start`, its bytes from `first` to `end`. Refused code is noted and the rest of that
 * function skipped, so that others get their say.
 */
function readBody(reader, module, index) {
  const start = reader.position;
  const body = reader.slice(reader.u32(), `function ${index}`);
  const { position: first, end } = body;
  let code = { calls: [], lastCalls: [] };
  const use = (feature, opcode) => noteFeature(module, feature, opcode, index);
  try {
    body.vector(r => {
      r.u32();
      readCodeType(r, use);
    });
    code = readCode(body, use);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    module.refusals.push(error.message);
  }
  return { index, start, first, end, size: end - start, ...code };
}

/** Remembers where each feature is used first. */
function noteFeature(module, feature, opcode, index) {
  if (!module.features.has(feature)) module.features.set(feature, { opcode, index });
}

function readHeader(reader) {
  for (const expected of HEADER) {
    if (reader.byte() !== expected) reader.malformed("does not start with the magic number and version 1");
  }
}

function emptyModule() {
  const lists = [
    "sections",
    "types",
    "imports",
    "functions",
    "tables",
    "memories",
    "tags",
    "globals",
    "exports",
    "bodies",
    "data",
    "references",
    "refusals",
  ];
  return { ...Object.fromEntries(lists.map(name => [name, []])), features: new Map(), declared: 0 };
}

/** Reads one section; returns its place in the required order, or `previous` for one that has none. */
function readSection(reader, module, previous) {
  const start = reader.position;
  const id = reader.byte();
  const size = reader.u32();
  const place = SECTIONS.findIndex(([known]) => known === id);
  const [, name, read] = SECTIONS[place] ?? [id, id === CUSTOM ? "custom" : "unknown"];
  const contents = reader.slice(size, `the ${name} section`);
  const section = { id, name, start, size: reader.position - start, contents };
  module.sections.push(section);
  if (id === CUSTOM) section.title = contents.name();
  if (!read) return previous;
  if (place <= previous) contents.malformed("is repeated or out of order");
  read(contents, module);
  contents.expectEnd();
  return place;
}

/**
 * The module as lists, in the binary's order; index spaces (functions, tables, memories, globals, tags) start with the imports.
 * Throws Refused when the bytes cannot be read to the end.
 */
function readModule(bytes) {
  const reader = new Reader(bytes, "the file");
  const module = emptyModule();
  readHeader(reader);
  for (let place = -1; !reader.atEnd;) place = readSection(reader, module, place);
  if (module.bodies.length !== module.declared) {
    reader.malformed(`declares ${module.declared} functions but has ${module.bodies.length} bodies`);
  }
  return module;
}

export { readModule };
