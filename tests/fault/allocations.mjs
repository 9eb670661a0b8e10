// Runs a program with the k-th allocation failing, for every k, on the shipped module (instrument.mjs), and checks what
// is promised: an error or success, the world as it was or as it should be, and a state that works.
import assert from "node:assert/strict";
import { instantiate } from "../abi/client.mjs";
import { storeHost } from "../abi/hosts.mjs";
import { failingModule } from "./instrument.mjs";
import {
  LOOK,
  LOOK_ANEW,
  PROBE,
  PROBED,
  World,
  chosen,
  firstLine,
  programs,
  run,
  takingMessages,
} from "./programs.mjs";

/** How many allocations fail in a row: one, for which Lua collects and tries again; with that; all to the end. */
const MODES = { once: 1, twice: 2, "from then on": 2 ** 30 };
const NEVER = 2 ** 30;
/** Bytes by which Lua's own tables (strings, weak tables) may be larger than after a run without failures. */
const SLACK = 4096;
/** What an error value that cannot be shown for lack of memory reads as. */
const UNSHOWN = /^\(error object (is a \w+ value|cannot be shown)\)$/;
/** Lua's own words when it is the stack that cannot grow (lua_checkstack, and who calls it). */
const STACK =
  /(^|: )(stack overflow|too many (results|arguments)( to (unpack|resume))?|string slice too long)( \(.*\))?$/;

let cached;
const world = () => (cached ??= new World(new WebAssembly.Module(failingModule())));

function failAfter(lua, allocations, failures) {
  lua.exports.allocations_left.value = allocations;
  lua.exports.failures_left.value = failures;
}

/** Allocations since `failAfter(lua, NEVER, 0)`. */
const allocations = lua => NEVER - lua.exports.allocations_left.value;

function settledBytes(lua) {
  for (let round = 0; round < 4; round++) lua.exports.run_gc();
  return lua.stats().luaMemoryUsed;
}

/** What a program does when nothing fails: its answer, the world before and after, allocations, bytes left behind. */
function undisturbed(name) {
  const lua = world().instance();
  const before = lua.run(LOOK);
  failAfter(lua, NEVER, 0);
  const answer = run(lua, name);
  const made = allocations(lua);
  const after = lua.run(LOOK);
  assert.deepEqual(run(lua, name), answer, `${name}: the same each time`);
  return { answer, before, after, allocations: made, bytes: settledBytes(lua) };
}

/** Runs a program with failing allocations, and checks it. Returns whether it ended in an error of its own. */
function disturbed(name, expected, k, failures) {
  const lua = world().instance();
  failAfter(lua, k, failures);
  const answer = run(lua, name);
  failAfter(lua, NEVER, 0);
  checkAnswer(answer, expected.answer);
  const now = lua.run(LOOK);
  assert.ok(now === expected.before || now === expected.after, `the world is ${now}`);
  assert.equal(lua.run(PROBE), PROBED);
  assert.deepEqual(run(lua, name), expected.answer, "the same program works afterwards");
  assert.equal(lua.run(LOOK), expected.after);
  const left = settledBytes(lua) - expected.bytes;
  assert.ok(left <= SLACK, `${left} bytes are left behind`);
  assert.equal(world().reopened(lua.host.store).run(LOOK_ANEW), expected.after, "a fresh instance");
  return answer.ok !== expected.answer.ok || answer.text !== expected.answer.text;
}

function checkAnswer({ ok, text }, expected) {
  if (ok === expected.ok && text === expected.text) return;
  const line = firstLine(text);
  const memory = line.endsWith("not enough memory") || STACK.test(line);
  const itsOwn = !ok && (line === firstLine(expected.text) || UNSHOWN.test(line));
  assert.ok(memory || itsOwn, `the answer is ${JSON.stringify(text.slice(0, 300))}`);
}

/** Calls `attempt(k, failures)`, which says whether there was an error, for the k below `end`: {tried, errors}. */
function forEachFailure(name, end, most, attempt) {
  const figures = { tried: 0, errors: 0 };
  for (const [mode, failures] of Object.entries(MODES)) {
    for (const k of chosen(end, most)) {
      try {
        figures.errors += attempt(k, failures);
      } catch (error) {
        throw new Error(`'${name}' with allocation ${k} failing ${mode}: ${error.message}`, { cause: error });
      }
      figures.tried++;
    }
  }
  return figures;
}

function inject(name, most) {
  const expected = undisturbed(name);
  return forEachFailure(name, expected.allocations, most, (k, failures) => disturbed(name, expected, k, failures));
}

const fresh = () => instantiate(world().module, takingMessages(storeHost()));

/** `init` gives 0, or -1 and can be called again. */
function disturbedInit(k, failures) {
  const lua = fresh();
  failAfter(lua, k, failures);
  const result = lua.exports.init();
  if (result === -1) assert.match(lua.eval("return 1").text, /^lua is not ready/);
  failAfter(lua, NEVER, 0);
  assert.equal(result === -1 ? lua.stats().luaMemoryUsed : result, 0, "a failed init keeps nothing");
  assert.equal(lua.exports.init(), 0);
  assert.equal(lua.run(PROBE), PROBED);
  return result === -1;
}

function injectInit(most) {
  const lua = fresh();
  failAfter(lua, NEVER, 0);
  lua.exports.init();
  return forEachFailure("init", allocations(lua), most, disturbedInit);
}

/** What allocations can fail in: [name, function of a bound on the k tried in each mode that gives {tried, errors}]. */
export const targets = () => [["init", injectInit], ...programs.map(name => [name, most => inject(name, most)])];
