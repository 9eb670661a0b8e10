// A host that refuses the k-th write, for every k: the old value is still there, and the store opens.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { counting, latin1, refusing, storeHost } from "../abi/hosts.mjs";
import { DESCRIBE, dumpTables } from "./store.mjs";

const WORLD = `Memory.old = {1, {2, deep = {3}}, name = "old"} Memory.other = {Memory.old, "other"}
  ext.table("named").x = Memory.old Memory.scalar = 1`;

/** Name -> what is done. */
const WRITES = {
  "a scalar over a table": "Memory.old = 5",
  "a scalar over a scalar": 'Memory.scalar = "new"',
  "a string of 100,000 bytes": 'Memory.old = ("x"):rep(100000)',
  "a tree over a table": 'Memory.old = {a = {b = {c = {}}, 1, 2}, [true] = {x = "y"}, [-5] = 0.5}',
  "a tree over a scalar": "Memory.scalar = {{{}}, 1}",
  "a tree with a long string": 'Memory.old = {{("x"):rep(100000)}, ("y"):rep(40000), 1}',
  "a cycle with shared tables": 'local s = {"s"} local t = {s, {s, k = s}} t.self, s.up = t, t Memory.old = t',
  "a table that refers to the old one": "Memory.old = {Memory.old, [Memory.old] = true}",
  "a table at a nested field": "Memory.old[2].deep = {{1}, 2}",
  "a table at an integer key": "Memory.old[7] = {{1}, 2}",
  "a deletion": "Memory.old = nil",
};

/** A store with the world in it, and how the world looks. */
function world() {
  const lua = open();
  lua.run(WORLD);
  return lua.host.store;
}

const look = lua => lua.run(`${DESCRIBE} return describe{Memory, ext.table("named")}`);

/** Number of writes that `source` makes in the world, and how the world looks afterwards. */
function undisturbed(source) {
  const lua = open(counting(storeHost(world())));
  lua.run(source);
  return { writes: lua.host.calls.set + lua.host.calls.delete, after: look(lua) };
}

/** A ready instance on a world whose host refuses the writes that `refuses` picks; `refused` are those. */
function refusingWorld(refuses, answer) {
  const refused = [];
  const host = refusing(
    storeHost(world()),
    write => {
      const refusal = refuses(write);
      if (refusal) refused.push(write);
      return refusal;
    },
    answer,
  );
  return { lua: open(host), refused };
}

/** The key as messages show it; undefined for a kind that the contract gives no form for. */
function shown(key) {
  const bytes = Buffer.from(key, "latin1");
  if (bytes[0] >= 8) return `'${key}'`;
  if (bytes[0] === 1) return `[${bytes[1] === 1}]`;
  if (bytes[0] === 2) return `[${bytes.readBigInt64LE(1)}]`;
}

const before = look(open(storeHost(world())));

for (const [name, source] of Object.entries(WRITES)) {
  const { writes, after } = undisturbed(source);

  test(`${name}: refused at any write, the old value is there, in this instance and in a fresh one`, () => {
    assert.notEqual(after, before);
    for (let k = 1; k <= writes; k++) {
      const { lua } = refusingWorld(({ nth }) => nth === k);
      lua.fail(source);
      assert.equal(look(lua), before, `write ${k}`);
      assert.equal(look(open(storeHost(lua.host.store))), before, `write ${k}, fresh instance`);
    }
  });

  test(`${name}: refused at any write, the error names the table and the key`, () => {
    for (let k = 1; k <= writes; k++) {
      const { lua, refused } = refusingWorld(({ nth }) => nth === k);
      const message = lua.fail(source);
      const [{ name: method, table, key }] = refused;
      const label = shown(latin1(Buffer.from(key, "latin1")));
      if (table === 0) assert.match(message, /^eval:1: external table.*the host refused/);
      else if (method === "delete")
        assert.match(message, new RegExp(`^eval:1: external table ${table}: the host refused to .*'old'`));
      else if (label) assert.equal(message, `eval:1: external table ${table}: the host refused to store key ${label}`);
      else assert.ok(message.startsWith(`eval:1: external table ${table}: the host refused to store key `), message);
    }
  });

  test(`${name}: refused from any write on, nothing half written is left after a sweep`, () => {
    const clean = dumpTables(world());
    for (let k = 1; k <= writes; k++) {
      const { lua } = refusingWorld(({ nth }) => nth >= k, 1);
      lua.fail(source);
      assert.equal(look(lua), before, `from write ${k} on`);
      const fresh = open(storeHost(lua.host.store));
      fresh.exports.run_gc();
      assert.deepEqual(dumpTables(fresh.host.store), clean, `from write ${k} on`);
    }
  });

  test(`${name}: after a refusal the same write can be done`, () => {
    for (let k = 1; k <= writes; k++) {
      const { lua } = refusingWorld(({ nth }) => nth === k);
      lua.fail(source);
      lua.run(source);
      assert.equal(look(lua), after, `write ${k}`);
    }
  });
}

test("any answer of set but 0 is a refusal", () => {
  for (const answer of [1, -1, 2, 255, 256, 65536, 2 ** 31 - 1, -(2 ** 31)]) {
    const { lua } = refusingWorld(({ nth }) => nth === 1, answer);
    assert.equal(lua.fail("Memory.scalar = 2"), "eval:1: external table 1: the host refused to store key 'scalar'");
    assert.equal(lua.run("return Memory.scalar"), "1");
  }
});

test("deleting an absent key is no error, though the host answers -1", () => {
  assert.equal(open().run("Memory.x = nil Memory.t = {} Memory.t[1] = nil return Memory.x"), "nil");
});

test("a refusal can be caught and the script goes on", () => {
  const { lua } = refusingWorld(({ key }) => key === "bad");
  assert.equal(
    lua.run(`
    local done, message = pcall(function() Memory.bad = {1} end)
    Memory.good = {2}
    return done, Memory.bad, Memory.good[1], (message:gsub("^eval:%d+: ", ""))`),
    "false\tnil\t2\texternal table 1: the host refused to store key 'bad'",
  );
});

test("a named table that the host refuses does not exist afterwards", () => {
  for (const k of [1, 2]) {
    const { lua } = refusingWorld(({ nth }) => nth === k);
    assert.match(lua.fail('ext.table("new")'), /^eval:1: external table.*the host refused/);
    assert.equal(lua.run('return table.concat(ext.names(), " ")'), "named");
    assert.equal(
      lua.run('local t = ext.table("new") t.x = 1 return ext.table("new").x, ext.table("named").x[1]'),
      "1\t1",
    );
  }
});

test("a drop that the host refuses leaves the name", () => {
  const { lua } = refusingWorld(({ nth }) => nth === 1);
  assert.match(lua.fail('ext.drop("named")'), /^eval:1: external table.*the host refused/);
  assert.equal(lua.run('return ext.table("named").x[1]'), "1");
});

test("ext.clear raises when the host refuses a deletion, and what is left is as it was", () => {
  const { lua } = refusingWorld(({ nth }) => nth === 2);
  assert.match(lua.fail("ext.clear(Memory)"), /^eval:1: external table 1: the host refused/);
  const left = lua
    .run("return Memory.old and Memory.old[1], Memory.other and Memory.other[2], Memory.scalar")
    .split("\t");
  const original = ["1", "other", "1"];
  assert.ok(
    left.some(v => v !== "nil"),
    "one of the three is left",
  );
  left.forEach((v, i) => assert.ok(v === "nil" || v === original[i], v));
});
