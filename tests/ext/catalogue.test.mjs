// Table 0: what the module keeps in the host about ids, names and sizes, byte for byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleBytes, open, withMaximumMemory } from "../abi/client.mjs";
import { storeHost, tooBig } from "../abi/hosts.mjs";
import { key, value } from "../abi/wire.mjs";
import { callsOf, callsOfRun, dump, openCounting, storeOf, stored } from "./store.mjs";

const opened = (source, store) => {
  const lua = open(storeHost(store));
  lua.run(source);
  return lua;
};
const next = lua => {
  const bytes = stored(lua.host, 0, "next");
  assert.equal(bytes[0], 2, "an integer");
  assert.equal(bytes.length, 9);
  return Number(Buffer.from(bytes).readBigInt64LE(1));
};

// What is in it.

test("next is the integer after the last id given", () => {
  const lua = opened("ext.table() ext.table() ext.table()");
  assert.deepEqual([...stored(lua.host, 0, "next")], [2, 5, 0, 0, 0, 0, 0, 0, 0]);
});

test("a name is an external table under the raw key name:<name>", () => {
  const lua = opened('ext.table("foo") ext.table("") ext.table("\\0\\255")');
  const entries = Object.fromEntries(Array.from(lua.host.store.get(0), ([k, v]) => [k, [...v]]));
  assert.deepEqual(entries, {
    next: [2, 5, 0, 0, 0, 0, 0, 0, 0],
    "name:foo": [7, 2, 0, 0, 0],
    "name:": [7, 3, 0, 0, 0],
    "name:\0\xff": [7, 4, 0, 0, 0],
  });
});

for (const [length, max] of [
  [16379, null],
  [16380, 32768],
  [32763, 32768],
  [32764, 65536],
  [100_000, 131072],
  [1 << 20, 1 << 21],
]) {
  test(`max is ${max} after a string of ${length} bytes`, () => {
    const lua = opened(`Memory.s = ("x"):rep(${length})`);
    assert.deepEqual(stored(lua.host, 0, "max"), max === null ? undefined : value(BigInt(max)));
  });
}

test("max does not fall", () => {
  const lua = opened('Memory.s = ("x"):rep(100000) Memory.t = ("x"):rep(20000)');
  assert.deepEqual(stored(lua.host, 0, "max"), value(131072n));
  lua.run('Memory.s = nil Memory.t = ("x"):rep(20000)');
  assert.deepEqual(stored(lua.host, 0, "max"), value(131072n));
});

test("max is written before the value, so that a value on the host can be read", () => {
  const lua = openCounting();
  const { log } = callsOfRun(lua, 'Memory.s = ("x"):rep(100000)');
  assert.deepEqual(
    log.filter(([name]) => name === "set"),
    [
      ["set", 0, "max"],
      ["set", 1, "s"],
    ],
  );
});

test("a large value is read back by a fresh instance on a host that answers -1 for too big", () => {
  const lua = open(tooBig(storeHost()));
  lua.run('Memory.s = ("x"):rep(1 << 20) Memory.t = {("y"):rep(100000)}');
  const other = open(tooBig(storeHost(lua.host.store)));
  assert.equal(other.run("return #Memory.s, #Memory.t[1], Memory.none"), "1048576\t100000\tnil");
});

test("the catalogue is invisible to Lua", () => {
  const lua = opened('ext.table("n") Memory.a = {}');
  assert.equal(
    lua.run(
      'local n = 0 for k, v in pairs(Memory) do n = n + 1 assert(k == "a") end return n, Memory.next, #ext.names()',
    ),
    "1\tnil\t1",
  );
});

test("scalars alone make no catalogue", () => {
  const lua = opened('Memory.a = 1 Memory.b = "x" Memory.a = nil Memory.c = Memory');
  assert.deepEqual([...lua.host.store.keys()], [1]);
});

test("every kind of value and key on the wire is what the contract says", () => {
  const lua =
    opened(`Memory[1] = true Memory[-1] = false Memory[0.5] = 3.0 Memory.s = "" Memory[""] = "x" Memory["\\7"] = -1
    Memory["\\8"] = math.huge Memory[true] = Memory Memory[false] = 1 Memory[Memory] = "\\0"`);
  const expected = [
    [1n, true],
    [-1n, false],
    [0.5, 3],
    ["s", ""],
    ["", "x"],
    ["\x07", -1n],
    ["\x08", Infinity],
    [true, { table: 1 }],
    [false, 1n],
    [{ table: 1 }, "\0"],
  ];
  assert.deepEqual(dump(lua.host.store), dump(storeOf({ 1: expected })));
});

// A store without one.

/** A store as the Zig build left it: these tables have a key each. */
const oldStore = (...ids) => storeOf(Object.fromEntries([1, ...ids].map(id => [id, [["x", BigInt(id)]]])));
const adopted = lua => lua.run('return table.concat(ext.names(), " ")');

const TRIGGERS = {
  "ext.table()": lua => lua.run("ext.table()"),
  "a stored table": lua => lua.run("Memory.t = {}"),
  "ext.table(name)": lua => lua.run('ext.table("table:7")'),
  run_gc: lua => lua.exports.run_gc(),
};

for (const [name, trigger] of Object.entries(TRIGGERS)) {
  test(`a store without a catalogue is adopted by ${name}`, () => {
    const lua = open(storeHost(oldStore(2, 3, 7)));
    trigger(lua);
    assert.equal(adopted(lua), "table:2 table:3 table:7");
    assert.equal(lua.run('return ext.table("table:7").x, ext.id(ext.table("table:7"))'), "7\t7");
    lua.exports.run_gc();
    assert.deepEqual([...lua.host.store.keys()].filter(id => id > 1 && lua.host.store.get(id).size).sort(), [2, 3, 7]);
  });
}

test("new ids begin above the adopted ones", () => {
  assert.equal(opened("t = ext.table()", oldStore(2, 9)).run("return ext.id(t)"), "10");
});

test("Memory itself gets no name", () => {
  assert.equal(adopted(opened("ext.table()", oldStore())), "");
});

test("64 empty ids in a row end the search, 63 do not", () => {
  for (const [ids, found] of [
    [[65], "table:65"],
    [[66], ""],
    [[2, 66], "table:2 table:66"],
    [[2, 67], "table:2"],
    [[60, 124, 188], "table:124 table:188 table:60"],
    [[60, 124, 189], "table:124 table:60"],
  ])
    assert.equal(adopted(opened("ext.table()", oldStore(...ids))), found, ids.join(" "));
});

test("a table beyond the gap keeps its contents and its id is not given out", () => {
  const lua = opened("for i = 1, 100 do Memory[i] = {i} end", oldStore(67));
  lua.exports.run_gc();
  assert.equal(
    lua.run(
      'for i = 1, 100 do assert(Memory[i][1] == i and Memory[i].x == nil and ext.id(Memory[i]) ~= 67) end return "ok"',
    ),
    "ok",
  );
});

test("a store with nothing but max is adopted as well", () => {
  const lua = opened('Memory.s = ("x"):rep(20000)', oldStore(5));
  assert.deepEqual([...lua.host.store.get(0).keys()], ["max"]);
  lua.exports.run_gc();
  assert.equal(lua.run('return ext.table("table:5").x'), "5");
});

test("reading alone never writes", () => {
  const lua = openCounting(
    storeOf({
      1: [
        ["t", { table: 5 }],
        [1n, 2n],
        ["s", "x".repeat(50_000)],
      ],
      5: [["x", 1n]],
    }),
  );
  const { set, delete: deleted } = callsOf(lua, () =>
    lua.run(`
    assert(Memory.t.x == 1 and Memory.none == nil and #Memory == 1 and #Memory.s == 50000)
    for k, v in pairs(Memory) do end
    for i, v in ipairs(Memory) do end
    assert(ext.size(Memory) == 3 and #ext.names() == 0 and ext.id(Memory.t) == 5 and ext.copy(Memory).t.x == 1)
    assert(not ext.drop("none") and table.unpack(Memory) == 2 and table.concat(Memory) == "2")`),
  );
  assert.deepEqual([set, deleted], [0, 0]);
});

test("opening a store writes nothing", () => {
  const lua = openCounting(oldStore(2));
  assert.deepEqual([lua.host.calls.set, lua.host.calls.delete], [0, 0]);
});

test("an adoption that the host refuses halfway is done again", () => {
  const store = oldStore(2, 3, 4);
  const host = storeHost(store);
  const { set } = host;
  let writes = 0;
  host.set = (...args) => (++writes === 2 ? -1 : set(...args));
  const lua = open(host);
  lua.fail("ext.table()");
  lua.exports.run_gc();
  assert.equal(adopted(lua), "table:2 table:3 table:4");
  assert.equal(lua.run('return ext.table("table:2").x, ext.table("table:3").x, ext.table("table:4").x'), "2\t3\t4");
});

// Damage.

const DAMAGED = {
  "a string": value("5"),
  "a float": value(5),
  "a boolean": value(true),
  "a table": value({ table: 5 }),
  one: value(1n),
  zero: value(0n),
  negative: value(-5n),
  "above 2^31": value(2n ** 31n + 1n),
  "above 2^32": value(2n ** 32n + 5n),
  "a short integer": Uint8Array.of(2, 5),
  "no bytes": new Uint8Array(0),
  "an unknown tag": Uint8Array.of(99, 1),
};

/** A store with garbage in table 3 and this `next`. */
function storeWithNext(bytes) {
  const store = storeOf({
    1: [
      ["t", { table: 2 }],
      ["x", 1n],
    ],
    2: [["x", 2n]],
    3: [["x", 3n]],
  });
  store.set(0, new Map([[key("next"), bytes]]));
  return store;
}

for (const [name, bytes] of Object.entries(DAMAGED)) {
  test(`a catalogue whose next is ${name} is damaged: no id is given, nothing is swept, all can be read`, () => {
    const store = storeWithNext(bytes);
    const before = dump(store);
    const lua = open(storeHost(store));
    for (const source of ["ext.table()", 'ext.table("n")', "Memory.t = {}"]) {
      assert.equal(lua.fail(source), "eval:1: external tables: damaged catalogue", source);
    }
    lua.exports.run_gc();
    assert.deepEqual(dump(store), before);
    assert.equal(lua.run("return Memory.x, Memory.t.x"), "1\t2");
    lua.run("Memory.x = 5");
    assert.equal(lua.run("return Memory.x"), "5");
  });
}

test("2 and 2^31 are good values of next", () => {
  assert.equal(open(storeHost(storeWithNext(value(2n)))).run("return ext.id(ext.table())"), "4");
  const full = open(storeHost(storeWithNext(value(2n ** 31n))));
  const message = full.fail("ext.table()");
  assert.match(
    message,
    /^eval:1: external tables: no free id is left: save and restore a snapshot, which numbers the tables anew$/,
  );
});

test("the last id can be given", () => {
  const lua = open(storeHost(storeWithNext(value(2n ** 31n - 1n))));
  assert.equal(lua.run('local t = ext.table("last") t.x = 1 return ext.id(t), ext.table("last").x'), "2147483647\t1");
});

test("a name that is no external table is damage: nothing is swept", () => {
  const store = storeWithNext(value(4n));
  store.get(0).set(key("name:n"), value(5n));
  const before = dump(store);
  const lua = open(storeHost(store));
  assert.equal(lua.fail('ext.table("n")'), "eval:1: external tables: damaged catalogue");
  lua.exports.run_gc();
  assert.deepEqual(dump(store), before);
});

test("a max that is no integer does no harm", () => {
  const store = storeOf({ 1: [["s", "x".repeat(50_000)]] });
  store.set(0, new Map([[key("max"), Uint8Array.of(9, 9)]]));
  assert.equal(open(storeHost(store)).run("return #Memory.s, Memory.none"), "50000\tnil");
});

/** A store with a value of 100,000 bytes and a `max` of the host's own making, on a host that answers -1 for too big. */
const hostWithMax = max => tooBig(storeHost(storeOf({ 0: [["max", max]], 1: [["s", "x".repeat(100_000)]] })));

for (const max of [2n ** 25n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 62n, -1n, 0.5, "text"]) {
  test(`a max of ${max} takes no memory: absent keys are absent, and what is there is read`, () => {
    const lua = open(hostWithMax(max));
    assert.equal(
      lua.run("return #Memory.s, Memory.none, Memory[1], #Memory, ext.copy(Memory).none"),
      "100000\tnil\tnil\t0\tnil",
    );
    lua.run('Memory.t = {("y"):rep(1000)} for k, v in pairs(Memory) do end');
    assert.ok(lua.stats().wasmPages < 64, `${lua.stats().wasmPages} pages`);
  });
}

const small = new WebAssembly.Module(withMaximumMemory(moduleBytes(), 48));

test("a max larger than memory does not make absent keys an error", () => {
  const lua = open(hostWithMax(2n ** 22n), small);
  assert.equal(lua.run("return #Memory.s, Memory.none, Memory[1]"), "100000\tnil\tnil");
});

test("a value larger than memory is not absent but an error", () => {
  for (const make of [storeHost, store => tooBig(storeHost(store))]) {
    const lua = open(make(storeOf({ 0: [["max", 2n ** 22n]], 1: [["s", "x".repeat(3_000_000)]] })), small);
    assert.equal(lua.fail("return Memory.s"), "not enough memory");
    assert.equal(lua.run("return Memory.none"), "nil");
  }
});

test("a damaged next is damaged on a host that answers -1 for too big as well, however long it is", () => {
  for (const length of [20, 1000, 16000, 40000]) {
    const store = storeWithNext(value("x".repeat(length)));
    const before = dump(store);
    const lua = open(tooBig(storeHost(store)));
    assert.equal(lua.fail("ext.table()"), "eval:1: external tables: damaged catalogue");
    lua.exports.run_gc();
    assert.deepEqual(dump(store), before);
  }
});

// Ids.

test("an id is not given out while its table has keys, whatever next says", () => {
  const store = storeOf({ 0: [["next", 2n]], 2: [["x", 1n]], 3: [["x", 1n]], 5: [["x", 1n]] });
  assert.equal(opened("a, b = ext.table(), ext.table()", store).run("return ext.id(a), ext.id(b)"), "4\t6");
});

test("the tables of a graph do not share an id with a table that has keys", () => {
  const store = storeOf({ 0: [["next", 2n]], 3: [["x", "old"]] });
  const lua = opened("Memory.t = {{1}, {2}, {3}}", store);
  assert.equal(
    lua.run(
      "return Memory.t[1][1], Memory.t[2][1], Memory.t[3][1], Memory.t.x, Memory.t[1].x, Memory.t[2].x, Memory.t[3].x",
    ),
    "1\t2\t3\tnil\tnil\tnil\tnil",
  );
  assert.deepEqual(stored(lua.host, 3, "x"), value("old"));
});

test("an empty table that Lua holds keeps its id, though the store was replaced", () => {
  const lua = opened("a = ext.table() b = ext.table()");
  lua.host.store = new Map();
  assert.equal(lua.run("c = ext.table() d = {} return rawequal(c, a) or rawequal(c, b), ext.id(c)"), "false\t4");
});

test("the sweep lowers next to just above the highest id in use", () => {
  const lua = opened("Memory.a = {1} Memory.b = {2} Memory.c = {3} Memory.d = {4}");
  assert.equal(next(lua), 6);
  lua.run("Memory.b = nil Memory.d = nil");
  lua.exports.run_gc();
  assert.equal(next(lua), 5);
  lua.run("Memory.a = nil Memory.c = nil");
  lua.exports.run_gc();
  assert.equal(next(lua), 2);
});

test("a table without keys keeps its id as long as something reaches it", () => {
  for (const source of ["Memory.e = {}", 'ext.table("e")', "held = ext.table()", "Memory.t = {} Memory.t.deep = {}"]) {
    const lua = opened(source);
    lua.exports.run_gc();
    assert.equal(
      lua.run(`local new = {} for i = 1, 5 do new[i] = ext.table() new[i].x = i end
        local e = Memory.e or held or Memory.t and Memory.t.deep or ext.table("e")
        return e.x`),
      "nil",
      source,
    );
  }
});
