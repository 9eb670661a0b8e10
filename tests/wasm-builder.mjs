// Builds WebAssembly binaries byte by byte: the smallest module that keeps the contract, as lists for tests to change.

export const I32 = 0x7f;
export const I64 = 0x7e;
export const END = 0x0b;
export const FUNCTION = 0;
export const TABLE = 1;
export const MEMORY = 2;

/** Section ids in the required order, with the list of the description that each one encodes. */
const SECTIONS = [
  [1, "types"],
  [2, "imports"],
  [3, "functions"],
  [4, "tables"],
  [5, "memories"],
  [13, "tags"],
  [6, "globals"],
  [7, "exports"],
  [9, "elements"],
  [10, "bodies"],
  [11, "data"],
];

export function leb(number) {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...leb(number >>> 7)];
}

/** The number at a place in bytes, and where it ends. */
export function readLeb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7, at++) {
    value += (bytes[at] & 0x7f) * 2 ** shift;
    if (bytes[at] < 0x80) return [value, at + 1];
  }
}

export function vector(items) {
  return [...leb(items.length), ...items.flat()];
}

export function name(text) {
  return vector([...new TextEncoder().encode(text)]);
}

export function section(id, contents) {
  return [id, ...leb(contents.length), ...contents];
}

export function type(params, results) {
  return [0x60, ...vector(params), ...vector(results)];
}

/** `description` is what follows the kind: a type index, limits, a global's type. */
export function importOf(module, field, kind, ...description) {
  return [...name(module), ...name(field), kind, ...description];
}

export function exportOf(field, kind, index) {
  return [...name(field), kind, index];
}

/** A function body; `locals` are [count, type] pairs. */
export function body(code, locals = []) {
  const contents = [...vector(locals), ...code, END];
  return [...leb(contents.length), ...contents];
}

const I32_CONST_0 = [0x41, 0];

/** Functions 0 to 4 are imported, 5 to 10 defined in the order of docs/abi.md; function 10 is run_gc, free for any code. */
export function validModule() {
  return {
    types: [
      type([I32, I32, I32, I32, I32], [I32]),
      type([I32, I32, I32], [I32]),
      type([I32], [I32]),
      type([], [I32]),
      type([I32], []),
      type([], []),
    ],
    imports: [
      importOf("env", "js_ext_table_set", FUNCTION, 0),
      importOf("env", "js_ext_table_get", FUNCTION, 0),
      importOf("env", "js_ext_table_delete", FUNCTION, 1),
      importOf("env", "js_ext_table_size", FUNCTION, 2),
      importOf("env", "js_ext_table_keys", FUNCTION, 1),
    ],
    functions: [[3], [2], [3], [3], [4], [5]],
    tables: [[0x70, 0x00, 1]],
    memories: [[0x00, 32]],
    tags: [[0x00, 4]],
    globals: [[I32, 1, ...I32_CONST_0, END]],
    exports: [
      exportOf("memory", MEMORY, 0),
      exportOf("init", FUNCTION, 5),
      exportOf("eval", FUNCTION, 6),
      exportOf("get_buffer_ptr", FUNCTION, 7),
      exportOf("get_buffer_size", FUNCTION, 8),
      exportOf("get_memory_stats", FUNCTION, 9),
      exportOf("run_gc", FUNCTION, 10),
    ],
    elements: [[0x00, ...I32_CONST_0, END, ...vector([5])]],
    bodies: [...Array(4).fill(body(I32_CONST_0)), body([]), body([])],
    data: [[0x00, ...I32_CONST_0, END, ...name("Lua")]],
    /** Sections to append as they are. */
    appended: [],
  };
}

/** The sections of a description, each as bytes, in order. */
export function sectionsOf(module) {
  const known = SECTIONS.map(([id, list]) => section(id, vector(module[list])));
  return [...known, ...module.appended];
}

export function assemble(sections) {
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);
}

export function encode(module) {
  return assemble(sectionsOf(module));
}

/** The valid module after `change`, as bytes. */
export function changed(change) {
  const module = validModule();
  change(module);
  return encode(module);
}
