// One session of the fuzzer of hooks: hooks.lua calls whatever it finds with whatever it finds, in an instance with limits
// and external tables, some of which no script can name. Everything follows from the seed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { builtModule, instantiate } from "../abi/client.mjs";
import { eachMethod, storeHost, wrap } from "../abi/hosts.mjs";
import { Random } from "../abi/random.mjs";
import { serving } from "../abi/serviced.mjs";
import { EXHAUSTED, probe } from "./session.mjs";

const SOURCE = readFileSync(new URL("hooks.lua", import.meta.url), "utf8");
const EVALS = 4;
const CALLS = 60;
const MEMORY = 16 << 20;
const [CATALOGUE, ROOT] = [0, 1];
const TAG_TABLE = 7;
const NAME = "name:";

/** Makes tables that are stored, and takes away every way to name them. */
const PREPARE = `
  for i = 1, 5 do local t = ext.table("secret" .. i) t.x = "secret" t.inner = { { i } } end
  Memory.x = "kept" Memory.t = { { 1 }, { x = 2 } }
  ext = { size = ext.size, clear = ext.clear, copy = ext.copy, id = ext.id, drop = function() end }`;

const u32 = (bytes, at) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

/** The id in a stored value, if it is a reference. */
const reference = bytes => (bytes[0] === TAG_TABLE ? u32(bytes, 1) : undefined);

/** The number in a stored integer. */
const nextOf = bytes => Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(1, true));

/** The store's fields: {id, key, bytes, target}. */
function* fields(store) {
  for (const [id, entries] of store)
    for (const [key, bytes] of entries) yield { id, key, bytes, target: reference(bytes) };
}

/** The ids that these lead to, themselves included. */
function reachable(store, starts) {
  const [found, queue] = [new Set(starts), [...starts]];
  for (const id of queue) {
    for (const bytes of store.get(id)?.values() ?? []) {
      const target = reference(bytes);
      if (target === undefined || found.has(target)) continue;
      found.add(target);
      queue.push(target);
    }
  }
  return found;
}

const named = store => [...(store.get(CATALOGUE) ?? [])].filter(([key]) => key.startsWith(NAME));

/** What is in some tables, as text. */
const contents = (store, ids) =>
  JSON.stringify(
    [...ids]
      .sort((a, b) => a - b)
      .map(id => [
        id,
        [...(store.get(id) ?? [])].map(([key, bytes]) => [key, Buffer.from(bytes).toString("latin1")]).sort(),
      ])
      .filter(([, list]) => list.length > 0),
  );

const copyOf = store => new Map(Array.from(store, ([id, entries]) => [id, new Map(entries)]));

class Session {
  constructor(seed) {
    this.random = new Random(seed);
    this.touched = new Set();
    this.most = 0;
    this.host = this.#watched(storeHost());
    this.figures = { programs: 0, errors: 0, stopped: 0, exhausted: 0, functions: 0, slowest: 0 };
    const config = `memory_limit=${MEMORY}\ninstruction_limit=${this.random.pick([1_000_000, 5_000_000])}`;
    this.lua = instantiate(
      builtModule(),
      serving({ config, seed: Buffer.alloc(16, 7), clock: Buffer.alloc(8), stdout: "" }, this.host),
    );
    assert.equal(this.lua.exports.init(), 0);
    this.lua.run(PREPARE);
    const { store } = this.host;
    this.secrets = reachable(
      store,
      named(store).map(([, bytes]) => reference(bytes)),
    );
    this.before = contents(store, this.secrets);
  }

  /**
   * Notes which ids were ever given, which tables are written, and which are read up to the sweep at the end of an eval: that begins with the
   * keys of the catalogue and may visit every table.
   */
  #watched(store) {
    const noting =
      name =>
      (table, ...rest) => {
        if (table === CATALOGUE && name === "keys") this.sweeping = true;
        if (name === "set" || (!this.sweeping && name !== "size")) this.touched.add(table);
        if (name === "set" && table === CATALOGUE && rest[0] === "next")
          this.most = Math.max(this.most, nextOf(rest[1]));
        return store[name](table, ...rest);
      };
    return wrap(store, eachMethod(noting));
  }

  run() {
    for (let i = 0; i < EVALS; i++) {
      this.#runOne();
      if (this.random.chance(0.2)) this.lua.exports.run_gc();
      this.#checkStore();
      if (!probe(this.lua, this.figures)) break;
    }
    this.#checkSweep();
    return this.figures;
  }

  #runOne() {
    this.touched.clear();
    this.sweeping = false;
    this.source = `return (function(...) ${SOURCE}\nend)(${this.random.u32()}, ${CALLS})`;
    const start = performance.now();
    const { ok, text } = this.lua.eval(this.source);
    this.figures.slowest = Math.max(this.figures.slowest, performance.now() - start);
    this.figures.programs++;
    if (ok) this.figures.functions = Math.max(this.figures.functions, Number(text.split("\t")[1]) || 0);
    else this.figures[EXHAUSTED.test(text) ? "stopped" : "errors"]++;
    this.#checkTouched();
  }

  /** No table was reached that no value leads to. */
  #checkTouched() {
    for (const id of this.touched) {
      assert.ok(id < this.most, `table ${id} was reached, the highest id given was ${this.most - 1}`);
      assert.ok(!this.secrets.has(id), `table ${id} was reached, which no script can name`);
    }
  }

  /** Every reference is to an id that was given; what nobody can name is as it was. */
  #checkStore() {
    const next = nextOf(this.host.store.get(CATALOGUE).get("next"));
    for (const { id, key, target } of fields(this.host.store)) {
      assert.ok(id < next, `table ${id} has fields, the next id is ${next}`);
      assert.ok(
        target === undefined || (target >= ROOT && target < next),
        `${JSON.stringify(key)} of table ${id} refers to ${target}`,
      );
      assert.ok(
        id === CATALOGUE || target === undefined || this.secrets.has(id) || !this.secrets.has(target),
        `table ${id} refers to ${target}, which no script can name`,
      );
    }
    assert.equal(contents(this.host.store, this.secrets), this.before);
  }

  /** A fresh instance sweeps a copy, and deletes nothing that names lead to. */
  #checkSweep() {
    const store = copyOf(this.host.store);
    const ids = reachable(store, [ROOT, ...named(store).map(([, bytes]) => reference(bytes))]);
    const before = contents(store, ids);
    const fresh = instantiate(builtModule(), storeHost(store));
    assert.equal(fresh.exports.init(), 0);
    fresh.exports.run_gc();
    assert.equal(contents(store, ids), before, "the sweep deletes nothing that can be reached");
    assert.equal(
      fresh.run('ext.copy(Memory) for _, name in ipairs(ext.names()) do ext.copy(ext.table(name)) end return "read"'),
      "read",
    );
  }
}

/** @param {number} seed @returns {object} figures @throws {Error} with `programs`, what ran last */
export function runHooks(seed) {
  const session = new Session(seed);
  try {
    return session.run();
  } catch (error) {
    throw Object.assign(
      new Error(`seed ${seed}, eval ${session.figures.programs}: ${error.message}`, { cause: error }),
      { programs: [session.source] },
    );
  }
}
