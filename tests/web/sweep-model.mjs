// A model of what external tables hold, and a session that sweeps by itself: random changes of both, and after each of them
// everything that the model reaches must be there, and not much more. Failed runs, held tables, views, restarts and images.
import assert from "node:assert/strict";
import { bytesOf } from "../../js/dist/bytes/byte-string.js";
import { LuaInstance } from "../../js/dist/core/instance.js";
import { LuaPersistent } from "../../js/dist/index.js";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { Random } from "../abi/random.mjs";

const wasm = new URL("../../web/lua.wasm", import.meta.url);
const SLOTS = ["a", "b", "c", "d"];
const ROOTS = ["r1", "r2", "r3", "r4", "r5", "r6"];
const HELD = ["h1", "h2", "h3", "h4"];
const SETUP =
  "H = H or {} local function keeper() local t while true do t = coroutine.yield(t) or t end end C = C or coroutine.wrap(keeper)";

/** Opens a session and its tables. */
async function opened(open) {
  const { instantiate } = LuaInstance.prototype;
  let tables;
  LuaInstance.prototype.instantiate = function (...args) {
    ({ tables } = this);
    return instantiate.apply(this, args);
  };
  try {
    return { lua: await open(), tables };
  } finally {
    LuaInstance.prototype.instantiate = instantiate;
  }
}

const uint32 = bytes => new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);

/** A table of the model: a serial number, what its slots refer to, and tables that are keys in it. */
const node = serial => ({ serial, slots: new Map(), keys: new Set() });

export class Model {
  #random;
  #options;
  #serial = 0;
  #lua;
  #tables;
  /** Slot of Memory, name, or Lua variable -> node. */
  roots = new Map();
  /** The views that JavaScript holds, with their nodes. */
  views = [];
  most = 0;
  steps = 0;

  constructor(seed, { store = memoryStore(), ...options } = {}) {
    this.#random = new Random(seed);
    this.#options = { wasm, store, rollbackOnError: true, ...options };
  }

  async open(open = () => LuaPersistent.open(this.#options)) {
    ({ lua: this.#lua, tables: this.#tables } = await opened(open));
    await this.#lua.run(SETUP);
  }

  async close() {
    await this.#lua.close();
  }

  /** A Lua expression for a random table, and its node; Lua variables are in no run that fails. */
  #pick({ held = true } = {}) {
    const roots = [...this.roots].filter(([name]) => held || !HELD.includes(name));
    if (roots.length === 0) return null;
    let [path, at] = this.#random.pick(roots);
    path = HELD.includes(path) ? `H.${path}` : path.startsWith("n") ? `ext.table("${path}")` : `Memory.${path}`;
    while (at.slots.size > 0 && this.#random.chance(0.5)) {
      const [slot, next] = this.#random.pick([...at.slots]);
      path = `${path}.${slot}`;
      at = next;
    }
    return { path, at };
  }

  /** A new graph: source of a table constructor, its root, and a cycle through it that is made afterwards. */
  #graph(depth = 3) {
    const made = node(++this.#serial);
    const fields = [`n = ${made.serial}`];
    for (const slot of SLOTS) {
      if (depth === 0 || !this.#random.chance(0.4)) continue;
      const inner = this.#graph(depth - 1);
      made.slots.set(slot, inner.made);
      fields.push(`${slot} = ${inner.source}`);
    }
    return { made, source: `{ ${fields.join(", ")} }` };
  }

  /** One change of the model, and its Lua source. */
  #change(options) {
    const random = this.#random;
    const a = this.#pick(options);
    const b = this.#pick(options);
    const slot = random.pick(SLOTS);
    switch (a && b ? random.below(7) : 0) {
      case 0:
      case 1: {
        const root = random.pick(ROOTS);
        const { made, source } = this.#graph();
        this.roots.set(root, made);
        return `Memory.${root} = ${source}`;
      }
      case 2: {
        a.at.slots.set(slot, b.at);
        return `local a, b = ${a.path}, ${b.path} a.${slot} = b`;
      }
      case 3:
        a.at.slots.delete(slot);
        return `${a.path}.${slot} = nil`;
      case 4:
        a.at.keys.add(b.at);
        return `local a, b = ${a.path}, ${b.path} a[b] = true`;
      case 5: {
        const name = `n${1 + random.below(3)}`;
        if (this.roots.get(name)) {
          this.roots.delete(name);
          return `ext.drop("${name}")`;
        }
        const { made } = this.#graph(0);
        this.roots.set(name, made);
        made.slots.set(slot, b.at);
        return `local b = ${b.path} local t = ext.table("${name}") t.n = ${made.serial} t.${slot} = b`;
      }
      case 6: {
        const root = random.pick(ROOTS);
        this.roots.delete(root);
        return `Memory.${root} = nil`;
      }
    }
  }

  /** What Lua holds changes: no run of these fails. */
  #holding() {
    const random = this.#random;
    const name = random.pick(HELD);
    const a = this.#pick();
    if (a && random.chance(0.4)) {
      this.roots.set(name, a.at);
      return `H.${name} = ${a.path}`;
    }
    if (random.chance(0.5)) {
      this.roots.delete(name);
      return `H.${name} = nil`;
    }
    const made = node(++this.#serial);
    this.roots.set(name, made);
    return `H.${name} = ext.table() ${random.chance(0.5) ? "for i = 1, 30 do Memory.tmp = {{}, {}} end Memory.tmp = nil " : ""}H.${name}.n = ${made.serial}`;
  }

  #garbage() {
    return `for i = 1, ${50 + this.#random.below(400)} do Memory.tmp = { x = { y = { i } }, z = { 1 } } ${this.#random.pick(["", "local t = Memory.tmp.x.y[1]", "local t = ext.table() t[1] = Memory.tmp", "if i % 50 == 0 then collectgarbage() end"])} end Memory.tmp = nil`;
  }

  async step() {
    this.steps++;
    const random = this.#random;
    const kind = random.below(100);
    if (kind < 50) await this.#lua.run(this.#change());
    else if (kind < 62) await this.#lua.run(this.#holding());
    else if (kind < 74) await this.#lua.run(this.#garbage());
    else if (kind < 82) await this.#failing();
    else if (kind < 90) await this.#viewing();
    else if (kind < 92) await this.#lua.runGc();
    else if (kind < 94)
      this.#lua.eval(
        "setmetatable({ t = Memory.r1 }, { __gc = function(o) for i = 1, 99 do Memory.last = { o.t } end Memory.last = nil end })",
      );
    else if (kind < 95) await new Promise(resolve => setTimeout(resolve, 60));
    else if (kind < 97) await this.#image();
    else if (kind < 98) await this.#restart();
    await this.check();
  }

  /** A run that changes much, and then fails. */
  async #failing() {
    const before = this.#copy();
    const changes = [this.#change({ held: false })];
    if (this.#random.chance(0.5)) changes.push(this.#garbage());
    changes.push(this.#change({ held: false }), 'error("on purpose")');
    await assert.rejects(this.#lua.run(changes.map(change => `do ${change} end`).join("\n")), /on purpose/);
    this.#restore(before);
  }

  #all() {
    return reached([...this.roots.values(), ...this.views.map(({ at }) => at)]);
  }

  #copy() {
    return { roots: new Map(this.roots), nodes: [...this.#all()].map(at => [at, new Map(at.slots), new Set(at.keys)]) };
  }

  #restore({ roots, nodes }) {
    this.roots = roots;
    for (const [at, slots, keys] of nodes) Object.assign(at, { slots, keys });
  }

  async #viewing() {
    const random = this.#random;
    if (this.views.length > 0 && random.chance(0.3)) this.views.splice(random.below(this.views.length), 1);
    const a = this.#pick();
    if (!a) return;
    const {
      values: [view],
    } = await this.#lua.run(`return ${a.path}`);
    if (this.views.length < 4 && random.chance(0.6)) this.views.push({ view, at: a.at });
    if (this.views.length === 0) return;
    const { view: other, at } = random.pick(this.views);
    const slot = random.pick(SLOTS);
    if (random.chance(0.5)) {
      other.set(slot, view);
      at.slots.set(slot, a.at);
    } else {
      const made = node(++this.#serial);
      other.set(slot, { n: made.serial });
      at.slots.set(slot, made);
    }
  }

  async #image() {
    const image = await this.#lua.saveImage();
    await this.#lua.close();
    this.views = [];
    await this.open(() => LuaPersistent.openImage(image, this.#options));
  }

  async #restart() {
    await this.#lua.close();
    for (const name of HELD) this.roots.delete(name);
    this.views = [];
    await this.open();
  }

  /** @throws {Error} something that is reached is not there, or too much else */
  async check() {
    const ids = new Map();
    const enter = (at, id) => {
      if (ids.has(at)) assert.equal(ids.get(at), id, `table ${at.serial} is another one`);
      else ids.set(at, id);
    };
    const held = this.#lua
      .eval(`return ${HELD.map(name => `H.${name} and ext.id(H.${name}) or 0`).join(", ")}`)
      .split("\t")
      .map(Number);
    for (const [name, at] of this.roots) enter(at, this.#rootId(name, held));
    for (const { view, at } of this.views) enter(at, view.id);
    for (const [at, id] of ids) this.#checkTable(at, id, enter);
    this.most = Math.max(ids.size, this.steps % 40 === 0 ? 0 : this.most);
    // Proxies that Lua has not collected yet hold tables, too: some hundred of them, with their graphs.
    assert.ok(
      this.#tables.tableCount <= 3 * this.most + 3000,
      `${this.#tables.tableCount} tables, ${ids.size} are reached`,
    );
  }

  #rootId(name, held) {
    if (HELD.includes(name)) return held[HELD.indexOf(name)];
    const bytes = name.startsWith("n") ? this.#tables.get(0, `name:${name}`) : this.#tables.get(1, name);
    assert.ok(bytes, `${name} is gone`);
    return uint32(bytes);
  }

  #checkTable(at, id, enter) {
    const number = this.#tables.get(id, "n");
    assert.ok(number, `table ${at.serial}, of id ${id}, has lost its contents`);
    assert.equal(new DataView(number.buffer).getUint32(1, true), at.serial);
    for (const [slot, next] of at.slots) {
      const bytes = this.#tables.get(id, slot);
      assert.ok(bytes, `field ${slot} of table ${at.serial} is gone`);
      enter(next, uint32(bytes));
    }
    const keys = [...this.#tables.keys(id)].filter(key => key.length === 5 && key[0] === "\x07");
    assert.equal(keys.length, at.keys.size, `table ${at.serial} has other keys`);
    const serials = new Map(keys.map(key => [this.#serialOf(key), uint32(bytesOf(key))]));
    for (const next of at.keys) enter(next, serials.get(next.serial));
  }

  #serialOf(key) {
    const number = this.#tables.get(uint32(bytesOf(key)), "n");
    return number && new DataView(number.buffer).getUint32(1, true);
  }
}

function reached(roots) {
  const found = new Set(roots);
  for (const at of found) for (const next of [...at.slots.values(), ...at.keys]) found.add(next);
  return found;
}

/** Runs one model; names seed and step of what fails. */
export async function runModel(seed, steps, options) {
  const model = new Model(seed, options);
  await model.open();
  try {
    for (let i = 0; i < steps; i++) await model.step();
  } catch (cause) {
    throw new Error(`seed ${seed}, step ${model.steps}: ${cause.message}`, { cause });
  } finally {
    await model.close().catch(() => {});
  }
}
