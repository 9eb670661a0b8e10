// What each part of the module costs: takes the functions by their names in an optimised module that still has its
// name section, and finds out from the link map, or from Rust's mangled names, where each came from.

import { Reader } from "./reader.js";

/** C files by part, Lua's own and those of `lua/`; every other C file is the shim's. */
const CORE_FILES = new Set(
  (
    "lapi lcode lctype ldebug ldo ldump lfunc lgc llex lmem lobject lopcodes lparser lstate lstring " +
    "ltable ltm lundump lvm lzio refuse_binary"
  ).split(" "),
);
const LIBRARY_FILES = new Set(
  (
    "lauxlib lbaselib lcorolib ldblib linit liolib lmathlib loadlib loslib lstrlib ltablib lutf8lib " + "debug_guard"
  ).split(" "),
);

const CORE = "Lua core";
const LIBRARIES = "Lua libraries";
const SHIM = "shim-libc";
const RUST = "Rust module";
const RUST_CORE = "Rust core and alloc";
const ALLOCATOR = "allocator (dlmalloc)";
const MATH = "libm and compiler builtins";
const UNKNOWN = "not in the link map";
const DATA = "data segments";
const OTHER = "other sections";

const CRATE_PARTS = new Map([
  ["dlmalloc", ALLOCATOR],
  ["compiler_builtins", MATH],
  ["libm", MATH],
  ["core", RUST_CORE],
  ["alloc", RUST_CORE],
  ["std", RUST_CORE],
  ["__rustc", RUST_CORE],
]);

/**
 * Function name -> { first, last }: the object files that define it, from the text of a wasm-ld link map (`--Map`).
 * Static functions of two files may share a name.
 */
function readLinkMap(text) {
  const objects = new Map();
  for (const line of text.split("\n")) {
    // Address, offset and size, then "object:(symbol)".
    const [, object, symbol] = /^\s*\S+\s+\S+\s+\S+\s+(.+?):\((.+)\)$/.exec(line) ?? [];
    if (symbol) objects.set(symbol, { first: objects.get(symbol)?.first ?? object, last: object });
  }
  return objects;
}

/** Function index -> name, from the custom section 'name'. */
function readFunctionNames(module) {
  const section = module.sections.find(({ title }) => title === "name");
  if (!section) throw new Error("the module has no name section: sizes need one");
  const reader = new Reader(
    section.contents.bytes,
    "the name section",
    section.contents.position,
    section.contents.end,
  );
  while (!reader.atEnd) {
    const kind = reader.byte();
    const contents = reader.slice(reader.u32(), "the name section");
    if (kind === 1) return new Map(contents.vector(r => [r.u32(), r.name()]));
  }
  return new Map();
}

/** The crate in the first segment of a legacy name: a plain `core`, or a type such as `_$LT$core..fmt..Arguments...`. */
function crateOfSegment(segment) {
  const readable = segment.replace(/\$\w+?\$/g, " ");
  return /([a-z_]\w*)\.\./.exec(readable)?.[1] ?? segment;
}

/** The crate that defines a Rust function, from its mangled (legacy or v0) or readable name; undefined for C. */
function crateOf(name) {
  const legacy = /^_ZN(\d+)(.*)$/s.exec(name);
  if (legacy) return crateOfSegment(legacy[2].slice(0, legacy[1]));
  const root = name.startsWith("_R") && /C(?:s[0-9A-Za-z]*_)?(\d+)_?(.*)$/s.exec(name);
  if (root) return root[2].slice(0, root[1]);
  return /^<?&?(?:mut )?(\w+)::/.exec(name)?.[1];
}

/** The part an object file belongs to, and for Lua's own files which one it is. */
function partOfObject(object) {
  // The cc crate puts a hash before the name: "0a1b-lvm.o".
  const file = /(\w+)\.o\)?$/.exec(object)?.[1];
  if (CORE_FILES.has(file)) return { part: CORE, file };
  if (LIBRARY_FILES.has(file)) return { part: LIBRARIES, file };
  if (/compiler_builtins|libm-/.test(object)) return { part: MATH };
  if (/dlmalloc/.test(object)) return { part: ALLOCATOR };
  if (/lib(core|alloc|std)-/.test(object)) return { part: RUST_CORE };
  if (/\.rcgu\.o|\.rlib/.test(object)) return { part: RUST };
  return { part: file ? SHIM : UNKNOWN };
}

/** The linked name behind one that binaryen made up: outlined pieces, numbered copies, escaped bytes. */
function linkedName(name) {
  const plain = name.replace(/\\([0-9a-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return plain.replace(/^byn[-$][\w-]*\$/, "").replace(/[_.$]\d+$/, "");
}

/**
 * With link-time optimisation one Rust object holds many crates, so a crate's name counts for more than its object.
 * Of two functions with one name binaryen numbers the later one.
 */
function partOfFunction(name, objects) {
  const crate = crateOf(linkedName(name));
  const object = objects.get(name)?.first ?? objects.get(linkedName(name))?.last;
  if (CRATE_PARTS.has(crate)) return { part: CRATE_PARTS.get(crate) };
  if (object) return partOfObject(object);
  return { part: crate ? RUST : UNKNOWN };
}

function addTo(rows, key, indices, bytes) {
  const row = rows.get(key) ?? { indices: [], bytes: 0 };
  rows.set(key, { indices: [...row.indices, ...indices], bytes: row.bytes + bytes });
}

/**
 * Bytes per part of a module read by readModule, without its custom sections: { parts, files, total }, where `parts`
 * add up to `total` and `files` breaks Lua's parts down by source file. Each has the indices of its functions.
 */
function countSizes(module, linkMap) {
  const [names, objects] = [readFunctionNames(module), readLinkMap(linkMap)];
  const [parts, files] = [new Map(), new Map()];
  for (const { index, size } of module.bodies) {
    const { part, file } = partOfFunction(names.get(index) ?? "", objects);
    addTo(parts, part, [index], size);
    if (file) addTo(files, file, [index], size);
  }
  const total = addSections(module, parts);
  return { parts, files, total };
}

const HEADER_SIZE = 8;

/** Adds what is not code, so that the parts add up to the returned total. */
function addSections(module, parts) {
  const kept = module.sections.filter(({ name }) => name !== "custom");
  const total = kept.reduce((sum, { size }) => sum + size, HEADER_SIZE);
  addTo(parts, DATA, [], kept.find(({ name }) => name === "data")?.size ?? 0);
  addTo(parts, OTHER, [], total - [...parts.values()].reduce((sum, { bytes }) => sum + bytes, 0));
  return total;
}

const PART_ORDER = [CORE, LIBRARIES, SHIM, RUST, RUST_CORE, ALLOCATOR, MATH, UNKNOWN, DATA, OTHER];

function tableLine(label, { indices, bytes, brotli }, total) {
  const share = `${((100 * bytes) / total).toFixed(1)} %`;
  const compressed = brotli === undefined ? "" : `${brotli}`.padStart(9);
  return `${label.padEnd(28)}${String(indices.length || "").padStart(10)}${String(bytes).padStart(9)}${share.padStart(9)}${compressed}`;
}

/** The lines for Lua's files of one part, largest first. */
function fileLines(files, known, total) {
  const rows = [...files].filter(([file]) => known.has(file)).sort((a, b) => b[1].bytes - a[1].bytes);
  return rows.map(([file, row]) => tableLine(`  ${file}`, row, total));
}

/** The sizes as text, with brotli's where rows have them; indented lines are included in the line above them. */
function sizeTable({ parts, files, total }) {
  const known = new Map([
    [CORE, CORE_FILES],
    [LIBRARIES, LIBRARY_FILES],
  ]);
  const lines = PART_ORDER.filter(part => parts.get(part)?.bytes).flatMap(part => [
    tableLine(part, parts.get(part), total),
    ...(known.has(part) ? fileLines(files, known.get(part), total) : []),
  ]);
  const head = `${"part".padEnd(28)}${"functions".padStart(10)}${"bytes".padStart(9)}${"share".padStart(9)}`;
  const compressed = [...parts.values()].some(({ brotli }) => brotli !== undefined) ? "   brotli" : "";
  return [head + compressed, ...lines, tableLine("total", { indices: [], bytes: total }, total)].join("\n");
}

export { countSizes, crateOf, readFunctionNames, sizeTable };
