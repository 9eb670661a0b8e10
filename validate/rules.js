// The contract of docs/abi.md as rules over a decoded module. Each rule yields one sentence per violation.

import { NUMBER_TYPES } from "./instructions.js";
import { isTwinSection } from "./twin.js";

const IMPORT_MODULE = "env";
const IMPORTS = {
  js_ext_table_set: "(i32, i32, i32, i32, i32) -> i32",
  js_ext_table_get: "(i32, i32, i32, i32, i32) -> i32",
  js_ext_table_delete: "(i32, i32, i32) -> i32",
  js_ext_table_size: "(i32) -> i32",
  js_ext_table_keys: "(i32, i32, i32) -> i32",
};
const MEMORY_EXPORT = "memory";
const EXPORTED_FUNCTIONS = {
  init: "() -> i32",
  eval: "(i32) -> i32",
  get_buffer_ptr: "() -> i32",
  get_buffer_size: "() -> i32",
  get_memory_stats: "(i32) -> ()",
  run_gc: "() -> ()",
};
const INITIAL_PAGES = 32;
/** What setjmp's longjmp throws: the address of its arguments. */
const TAG = "(i32) -> ()";

function signatureText({ params, results }) {
  const result = results.length === 1 ? results[0] : `(${results.join(", ")})`;
  return `(${params.join(", ")}) -> ${result}`;
}

function* sectionRules({ sections, features }) {
  for (const section of sections) {
    const { id, name, start, title } = section;
    const place = `at byte 0x${start.toString(16)}`;
    if (name === "unknown") yield `a section has the unknown id ${id}, ${place}`;
    if (name === "custom" && !(isTwinSection(section) && features.has("exnref")))
      yield `custom section '${title}' is not allowed: it costs bytes and may show paths of the build machine`;
    if (name === "start") yield "there is a start function: nothing may run before init";
  }
}

function* typeRules({ types }) {
  for (const [index, type] of types.entries()) {
    const text = `type ${index}, ${signatureText(type)},`;
    const foreign = [...type.params, ...type.results].find(name => !NUMBER_TYPES.has(name));
    if (foreign) yield `${text} uses ${foreign}: only numbers may be passed`;
    if (type.results.length > 1) yield `${text} has more than one result (multi-value)`;
  }
}

/** The names that come more than once, each once. */
function duplicates(names) {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}

function* importRules({ imports }) {
  for (const entry of imports) yield* importRule(entry);
  const names = imports.filter(entry => entry.module === IMPORT_MODULE).map(entry => entry.name);
  for (const name of duplicates(names)) yield `import env.${name} is there twice`;
  for (const name of Object.keys(IMPORTS)) {
    if (!names.includes(name)) yield `import env.${name} is missing`;
  }
}

function* importRule({ module, name, kind, signature }) {
  const text = `import ${module}.${name}`;
  if (kind !== "function") yield `${text} is a ${kind}: only functions may be imported`;
  else if (module !== IMPORT_MODULE || !Object.hasOwn(IMPORTS, name)) yield `${text} is not part of the contract`;
  else if (signatureText(signature) !== IMPORTS[name])
    yield `${text} is ${signatureText(signature)} instead of ${IMPORTS[name]}`;
}

function* exportRules({ exports, functions }) {
  for (const entry of exports) yield* exportRule(entry, functions);
  const names = exports.map(entry => entry.name);
  for (const name of duplicates(names)) yield `export ${name} is there twice`;
  for (const name of [MEMORY_EXPORT, ...Object.keys(EXPORTED_FUNCTIONS)]) {
    if (!names.includes(name)) yield `export ${name} is missing`;
  }
}

function* exportRule({ name, kind, index }, functions) {
  const signature = Object.hasOwn(EXPORTED_FUNCTIONS, name) ? EXPORTED_FUNCTIONS[name] : undefined;
  const expected = signature ? "function" : "memory";
  if (!signature && name !== MEMORY_EXPORT) yield `export ${name} is not part of the contract`;
  else if (kind !== expected) yield `export ${name} is a ${kind} instead of a ${expected}`;
  else if (signature) yield* exportedFunctionRule(name, signature, functions[index]);
}

function* exportedFunctionRule(name, expected, found) {
  if (!found) yield `export ${name} names a function that does not exist`;
  else if (signatureText(found) !== expected) yield `export ${name} is ${signatureText(found)} instead of ${expected}`;
}

function* memoryRules({ memories }) {
  if (memories.length !== 1) yield `there are ${memories.length} memories instead of one`;
  for (const { minimum, bounded, shared, is64 } of memories) {
    if (is64) yield "the memory is 64-bit (memory64)";
    else if (minimum !== INITIAL_PAGES) yield `the memory starts with ${minimum} pages instead of ${INITIAL_PAGES}`;
    if (shared) yield "the memory is shared (threads)";
    if (bounded) yield "the memory has a maximum: it must be free to grow";
  }
}

function* tableRules({ tables }) {
  if (tables.length > 1) yield `there are ${tables.length} tables: one is allowed`;
  for (const [index, { type, limits }] of tables.entries()) {
    if (type !== "funcref") yield `table ${index} holds ${type} instead of funcref`;
    if (limits.shared || limits.is64) yield `table ${index} is shared or 64-bit`;
  }
}

/** The stack pointer must be the only mutable global: all other state lives in memory (docs/abi.md, "Images"). */
function* globalRules({ globals }) {
  const mutable = [...globals.keys()].filter(index => globals[index].mutable);
  if (mutable.length === 0) yield "there is no mutable global: the stack pointer is missing";
  if (mutable.length > 1) yield `globals ${mutable.join(", ")} are mutable: only the stack pointer may be`;
  for (const [index, { type }] of globals.entries()) {
    if (!NUMBER_TYPES.has(type)) yield `global ${index} is ${type}: only numbers are allowed`;
  }
  for (const index of mutable) {
    const { type, initialiser } = globals[index];
    if (type !== "i32") yield `mutable global ${index} is ${type} instead of i32`;
    if (initialiser === "global.get")
      yield `mutable global ${index} starts with another global's value instead of a constant`;
  }
}

function* exceptionRules({ tags, features }) {
  if (tags.length > 1) yield `there are ${tags.length} tags: one is allowed`;
  for (const [index, tag] of tags.entries()) {
    if (signatureText(tag) !== TAG) yield `tag ${index} is ${signatureText(tag)} instead of ${TAG}`;
  }
  const [legacy, exnref] = [features.get("legacy exceptions"), features.get("exnref")];
  if (legacy && exnref) {
    const place = ({ index, opcode }) => `(function ${index}: '${opcode}')`;
    yield `both exception encodings are used: legacy ${place(legacy)} and exnref ${place(exnref)}`;
  }
}

/** WebKit's in-place interpreter (2.50) does not find the `catch` that is next to the call which threw. */
function* catchRules({ bodies }) {
  for (const { index, lastCalls } of bodies) {
    for (const { call, position } of lastCalls) {
      const place = `at byte 0x${position.toString(16)}`;
      yield `function ${index} ends a try body with '${call}': WebKit may miss the exception unless an instruction follows, ${place}`;
    }
  }
}

/** What Rust's panics say, and the source files they name. Where none of it is, no code is left that could show it. */
const PANIC_TEXTS = [
  /panicked at/,
  /assertion (?:`[^`]*` )?failed: /,
  /called `(?:Option|Result)::/,
  /entered unreachable code/,
  /attempt to [a-z ]+ (?:with overflow|with a divisor of zero)/,
  /index out of bounds: /,
  /(?:range (?:start|end)|slice|byte) index /,
  /[\w./-]+\.rs(?!\w)/,
];

function* panicRules({ data }) {
  for (const [index, bytes] of data.entries()) {
    const text = Buffer.from(bytes).toString("latin1");
    const found = PANIC_TEXTS.map(pattern => pattern.exec(text)).find(Boolean);
    if (found) yield `data segment ${index} holds a text of Rust's panics: ${JSON.stringify(found[0])}`;
  }
}

const RULES = [
  sectionRules,
  typeRules,
  importRules,
  exportRules,
  memoryRules,
  tableRules,
  globalRules,
  exceptionRules,
  catchRules,
  panicRules,
];

/** Every violation of the contract by a module that readModule could read, as sentences. */
function violations(module) {
  return [...RULES.flatMap(rule => [...rule(module)]), ...module.refusals];
}

/** Which encoding of exceptions the code uses: legacy, exnref or none. */
function exceptionEncoding({ features }) {
  if (features.has("exnref")) return "exnref";
  return features.has("legacy exceptions") ? "legacy" : "none";
}

export { exceptionEncoding, violations };
