// The built module with an allocator that can be told to fail, or with a function that traps: a few instructions at the
// head of functions, found by name in the same module with names (target/lua.names.wasm). Everything else is as shipped.
import { readFileSync } from "node:fs";
import { moduleBytes } from "../abi/client.mjs";
import { readFunctionNames } from "../../validate/sizes.js";
import { readModule } from "../../validate/module.js";
import { leb, readLeb } from "../wasm-builder.mjs";

const NAMES = new URL("../../target/lua.names.wasm", import.meta.url);
const [GLOBALS, EXPORTS, CODE] = [6, 7, 10];
const I32 = 0x7f;
const MUTABLE = 1;
const GLOBAL_KIND = 3;
const [UNREACHABLE, IF, ELSE, END, RETURN, VOID] = [0x00, 0x04, 0x05, 0x0b, 0x0f, 0x40];
const [LOCAL_GET, GLOBAL_GET, GLOBAL_SET, CONST, EQZ, GT_U, SUB] = [0x20, 0x23, 0x24, 0x41, 0x45, 0x4b, 0x6b];

/** The exported globals: allocations that succeed before some fail, and how many of those there are. */
const COUNTERS = ["allocations_left", "failures_left"];

/** In the module with names: the function that allocates. */
const RESIZE = /^lua_heap_resize$/;

const decrement = global => [GLOBAL_GET, ...leb(global), CONST, 1, SUB, GLOBAL_SET, ...leb(global)];

/** Code that returns null from the function it is in, or counts that it does not. */
function failOrCount(left, failures) {
  const fail = [GLOBAL_GET, ...leb(failures), IF, VOID, ...decrement(failures), CONST, 0, RETURN, END];
  return [GLOBAL_GET, ...leb(left), EQZ, IF, VOID, ...fail, ELSE, ...decrement(left), END];
}

/** For lua_heap_resize(block, old, new): a new block and growing one may fail. */
function growing(code) {
  const [older, newer] = [1, 2];
  return [LOCAL_GET, newer, LOCAL_GET, older, GT_U, IF, VOID, ...code, END];
}

/** The bytes of the module whose allocator fails when its exported counters say so. */
export function failingModule() {
  const module = readModule(moduleBytes());
  const prologues = prologuesFor(functionNames(module), module.globals.length);
  const counters = COUNTERS.map((name, i) => [...textBytes(name), GLOBAL_KIND, ...leb(module.globals.length + i)]);
  return withSections(module, {
    [GLOBALS]: section =>
      appended(
        section,
        COUNTERS.map(() => [I32, MUTABLE, CONST, 0, END]),
      ),
    [EXPORTS]: section => appended(section, counters),
    [CODE]: section => withPrologues(section, module, prologues),
  });
}

/** The bytes of the module whose function of that name traps when it is called. */
export function trappingModule(name) {
  const module = readModule(moduleBytes());
  const prologues = new Map([[find(functionNames(module), name), [UNREACHABLE]]]);
  return withSections(module, { [CODE]: section => withPrologues(section, module, prologues) });
}

/** The module with the contents of some sections changed: section id -> function of the section that gives its bytes. */
function withSections(module, changed) {
  const sections = module.sections.map(section => {
    const contents = (changed[section.id] ?? contentsOf)(section);
    return Buffer.concat([Buffer.from([section.id, ...leb(contents.length)]), contents]);
  });
  return Buffer.concat([moduleBytes().subarray(0, 8), ...sections]);
}

const textBytes = text => [...leb(text.length), ...Buffer.from(text)];

/** What is in a section, behind its id and size. */
function contentsOf({ contents: { bytes, end }, start }) {
  return bytes.subarray(readLeb(bytes, start + 1)[1], end);
}

/** Function index -> name, of the module with names, which must be from the same build. */
function functionNames(module) {
  const named = readModule(readFileSync(NAMES));
  const same =
    named.bodies.length === module.bodies.length && named.bodies.every(({ size }, i) => size === module.bodies[i].size);
  if (!same) throw new Error(`${NAMES.pathname} is not of the same build as the module: sh build.sh`);
  return readFunctionNames(named);
}

/** Function index -> code to run first. */
function prologuesFor(names, globals) {
  return new Map([[find(names, RESIZE), growing(failOrCount(globals, globals + 1))]]);
}

function find(names, pattern) {
  const found = [...names].filter(([, name]) => pattern.test(name));
  if (found.length !== 1) throw new Error(`${found.length} functions are named ${pattern}: ${found.join(" ")}`);
  return found[0][0];
}

/** A section that is a vector, with more items. */
function appended(section, items) {
  const contents = contentsOf(section);
  const [count, at] = readLeb(contents, 0);
  return Buffer.concat([Buffer.from(leb(count + items.length)), contents.subarray(at), Buffer.from(items.flat())]);
}

function withPrologues(section, module, prologues) {
  const contents = contentsOf(section);
  const first = module.functions.length - module.declared;
  let [, at] = readLeb(contents, 0);
  const pieces = [contents.subarray(0, at)];
  for (let index = first; index < first + module.declared; index++) {
    const [size, start] = readLeb(contents, at);
    const body = contents.subarray(start, start + size);
    const whole = prologues.has(index) ? withPrologue(body, prologues.get(index)) : body;
    pieces.push(Buffer.from(leb(whole.length)), whole);
    at = start + size;
  }
  return Buffer.concat(pieces);
}

/** A function body with code ahead of its own, behind the declarations of its locals. */
function withPrologue(body, code) {
  let [groups, at] = readLeb(body, 0);
  for (; groups > 0; groups--) at = readLeb(body, at)[1] + 1;
  return Buffer.concat([body.subarray(0, at), Buffer.from(code), body.subarray(at)]);
}
