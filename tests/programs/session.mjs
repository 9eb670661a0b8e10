// One session of the fuzzer of programs: a few programs, one after the other, in an instance with limits, and after each
// all that is promised of a host's side of it. Everything follows from the seed.
import assert from "node:assert/strict";
import { builtModule, instantiate } from "../abi/client.mjs";
import * as hosts from "../abi/hosts.mjs";
import { Random } from "../abi/random.mjs";
import { decodeError, decodeResults } from "../../js/dist/values/results.js";
import { Mutator } from "./mutate.mjs";

const SERVICES = -1;
const BUFFER = 65536;
const PAGE = 65536;
/** Linear memory that a limit of `bytes` may end in: the allocator's fragments, the static parts, blocks that were moved. */
const mostMemory = bytes => 3 * bytes + (4 << 20);
const PROGRAMS = 12;
/** What ends an eval that would do no harm otherwise, when earlier programs have used up memory or left endless finalizers. */
export const EXHAUSTED = /^(not enough memory|instruction limit exceeded)/;

/** What is stored can be read, whatever a program did. */
const READ_ALL = 'ext.copy(Memory) for _, name in ipairs(ext.names()) do ext.copy(ext.table(name)) end return "read"';

const HOSTS = {
  honest: host => host,
  "too big is -1": hosts.tooBig,
  refusing: (host, random) => hosts.refusing(host, () => random.chance(0.1)),
  lying: (host, random) => hosts.random(host, random, 0.05),
};

/** Takes messages for services, and answers with limits. Time and seed are always the same. */
function serving(host, { memory, instructions }) {
  const answers = {
    services: "clock seed config stdout results error interrupt",
    clock: Buffer.from(new Float64Array([1.7e9]).buffer),
    seed: Buffer.alloc(16, 7),
    config: `memory_limit=${memory}\ninstruction_limit=${instructions}\n`,
  };
  const serving = hosts.wrap(host, {
    get(table, key, room) {
      if (table !== SERVICES) return host.get(table, key, room);
      if (answers[key] === undefined) return -1;
      const answer = Buffer.from(answers[key]).subarray(0, room.length);
      room.set(answer);
      return answer.length;
    },
    set: (table, key, value) =>
      table === SERVICES ? (serving.messages.push([key, value]), 0) : host.set(table, key, value),
  });
  return Object.assign(serving, { messages: [] });
}

const views = new Map();
const view = id => views.get(id) ?? views.set(id, { id }).get(id);
const DECODERS = { results: decodeResults, error: decodeError };

/** Has the next eval work, one that shows no value, for a script can give numbers a `__tostring`; false, and counted, when memory is full or finalizers take all the steps there are. */
export function probe(lua, figures) {
  const { ok, text } = lua.eval("local sum = 1 + 1; while sum ~= 2 do end");
  if (ok && text === "") return true;
  assert.ok(!ok && EXHAUSTED.test(text), `the next eval gave ${JSON.stringify(text.slice(0, 200))}`);
  figures.exhausted++;
  return false;
}

/** The module with an instance of its own, in which programs run one after the other. */
export class Session {
  /** @param {{pieces: string[], whole: string[]}} corpus @param {number} seed */
  constructor(corpus, seed) {
    this.random = new Random(seed);
    this.mutator = new Mutator(corpus, this.random);
    this.limits = {
      memory: (1 << 20) * (1 + this.random.below(16)),
      instructions: this.random.pick([20_000, 200_000, 1_000_000]),
    };
    this.kind = this.random.pick(["honest", "honest", "honest", "honest", ...Object.keys(HOSTS)]);
    this.store = hosts.storeHost();
    this.programs = [];
    this.figures = { programs: 0, errors: 0, syntax: 0, stopped: 0, exhausted: 0, images: 0, slowest: 0 };
    this.lua = this.#instance();
    assert.equal(this.lua.exports.init(), 0);
  }

  #instance() {
    return instantiate(builtModule(), serving(HOSTS[this.kind](this.store, this.random), this.limits));
  }

  /** Runs all its programs. @returns figures of what happened @throws what is not as promised */
  run() {
    for (let i = 0; i < PROGRAMS; i++) {
      const source = this.mutator.program();
      this.programs.push(source);
      this.#runOne(source);
      if (this.random.chance(0.15)) this.lua.exports.run_gc();
      if (this.random.chance(0.15)) this.#continueFromImage();
      if (!probe(this.lua, this.figures)) break;
    }
    if (this.kind !== "lying") this.#readStore();
    return this.figures;
  }

  #runOne(source) {
    this.lua.host.messages.length = 0;
    const start = performance.now();
    const answer = this.lua.eval(Buffer.from(source, "latin1"));
    this.figures.slowest = Math.max(this.figures.slowest, performance.now() - start);
    this.#checkAnswer(answer);
    this.#checkMemory();
    this.#count(answer);
  }

  #checkAnswer({ ok, n, bytes }) {
    assert.ok(Number.isInteger(n) && bytes.length <= BUFFER, `eval gave ${n}`);
    assert.ok(ok || bytes.length > 0, "an error has a text");
    const counts = { results: 0, error: 0 };
    for (const [key, message] of this.lua.host.messages) {
      if (key === "stdout") continue;
      assert.ok(key in counts, `a message named ${key}`);
      counts[key]++;
      DECODERS[key](message, view);
    }
    assert.ok(
      counts.results === (ok ? 1 : 0) || (!ok && counts.results === 0),
      `${counts.results} messages of results`,
    );
    assert.ok(counts.error <= (ok ? 0 : 1), `${counts.error} messages of errors`);
  }

  #checkMemory() {
    const { luaMemoryUsed, wasmPages } = this.lua.stats();
    assert.ok(luaMemoryUsed <= this.limits.memory, `${luaMemoryUsed} bytes of ${this.limits.memory}`);
    assert.ok(wasmPages * PAGE <= mostMemory(this.limits.memory), `${wasmPages} pages for ${this.limits.memory} bytes`);
  }

  #count({ ok, text }) {
    this.figures.programs++;
    if (ok) return;
    this.figures.errors++;
    if (/^instruction limit/.test(text)) this.figures.stopped++;
    else if (!/\nstack traceback:/.test(text)) this.figures.syntax++;
  }

  /** Goes on in a fresh instance with a copy of the memory. */
  #continueFromImage() {
    const image = new Uint8Array(this.lua.memory.buffer).slice();
    this.lua = this.#instance();
    const missing = image.length - this.lua.memory.buffer.byteLength;
    if (missing > 0) this.lua.memory.grow(missing / PAGE);
    new Uint8Array(this.lua.memory.buffer).set(image);
    this.figures.images++;
  }

  /** A fresh instance reads the whole store, and sweeps it. */
  #readStore() {
    const fresh = instantiate(builtModule(), this.kind === "too big is -1" ? hosts.tooBig(this.store) : this.store);
    assert.equal(fresh.exports.init(), 0);
    assert.equal(fresh.run(READ_ALL), "read");
    fresh.exports.run_gc();
    assert.equal(fresh.run(READ_ALL), "read");
  }
}

/**
 * @param {{pieces: string[], whole: string[]}} corpus
 * @param {number} seed
 * @returns {object} figures
 * @throws {Error} with `programs`, what ran
 */
export function runSession(corpus, seed) {
  const session = new Session(corpus, seed);
  try {
    return session.run();
  } catch (error) {
    throw Object.assign(
      new Error(`seed ${seed}, ${session.kind} host, program ${session.programs.length}: ${error.message}`, {
        cause: error,
      }),
      { programs: session.programs },
    );
  }
}

/** Adds figures up; of the slowest program's milliseconds keeps the most. */
export function add(total, { slowest, ...counts }) {
  for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  total.slowest = Math.max(total.slowest ?? 0, slowest);
  return total;
}
