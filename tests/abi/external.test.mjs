// External tables one key at a time: values, keys, wire bytes and hosts (docs/abi.md sections 2, 5 and 6).
import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleBytes, open, quote, withMaximumMemory } from "./client.mjs";
import { bytesOf, counting, latin1, lying, random, refusing, storeHost, tooBig, wrap } from "./hosts.mjs";
import { Random } from "./random.mjs";
import { key, value } from "./wire.mjs";

const HOSTS = { truncating: storeHost, "too big": () => tooBig(storeHost()) };
const ROOT = 1;

const hex = number => {
  if (Number.isNaN(number)) return "0/0";
  if (!Number.isFinite(number)) return number < 0 ? "-1/0" : "1/0";
  if (Object.is(number, -0)) return "-0.0";
  const digits = Math.abs(number).toExponential(17);
  return `${number < 0 ? "-" : ""}${digits}`;
};

/** Lua source of a value of wire.mjs. */
function literal(data) {
  if (typeof data === "bigint") return data === -(2n ** 63n) ? "math.mininteger" : `(${data})`;
  if (typeof data === "number") return `(${hex(data)})`;
  if (typeof data === "boolean") return String(data);
  return quote(typeof data === "string" ? bytesOf(data) : data);
}

const SCALARS = [
  true,
  false,
  0n,
  1n,
  -1n,
  127n,
  255n,
  256n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  0,
  -0,
  1,
  3,
  -1.5,
  0.1,
  1e15,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  1e100,
  5e-324,
  -5e-324,
  2 ** -1022,
  1.7976931348623157e308,
  Infinity,
  -Infinity,
  "",
  "x",
  "\0",
  "\x07",
  "\x08",
  "a\0b",
  "\xff",
  "name",
  "next",
  "max",
  "0",
  "1",
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
];

for (const [kind, make] of Object.entries(HOSTS)) {
  test(`values are stored in the bytes of the wire format and come back the same (${kind} host)`, () => {
    const host = make();
    const lua = open(host);
    for (const data of SCALARS) {
      lua.run(`Memory.k = ${literal(data)}`);
      assert.deepEqual(host.store.get(ROOT).get("k"), value(data), literal(data));
      // Equal, of one subtype, and of one sign.
      const check = `local v, w = Memory.k, ${literal(data)}
        return v == w and math.type(v) == math.type(w) and (v ~= 0 or 1 / v == 1 / w)`;
      assert.equal(lua.run(check), "true", literal(data));
    }
  });

  test(`every key is stored under the bytes of the wire format and found again (${kind} host)`, () => {
    const host = make();
    const lua = open(host);
    for (const data of SCALARS) {
      host.store.clear();
      lua.run(`Memory[${literal(data)}] = 7`);
      // A float that is an integer is that integer as a key.
      const integral = typeof data === "number" && Number.isInteger(data) && data >= -(2 ** 63) && data < 2 ** 63;
      const expected = key(integral ? BigInt(data) : data);
      assert.deepEqual([...host.store.get(ROOT).keys()], [expected], literal(data));
      assert.equal(lua.run(`return Memory[${literal(data)}]`), "7", literal(data));
      lua.run(`Memory[${literal(data)}] = nil`);
      assert.equal(host.store.get(ROOT).size, 0, literal(data));
      assert.equal(lua.run(`return Memory[${literal(data)}]`), "nil");
    }
  });

  test(`strings of every size around the buffers come back (${kind} host)`, () => {
    const host = make();
    const lua = open(host);
    const sizes = [0, 1, 7, 8, 255, 4096, 65531, 65535, 65536, 65541, 131072, 1_000_000, 5_000_000];
    for (let size = 16374; size <= 16392; size++) sizes.push(size);
    lua.run('function make(n) return (string.rep("0123456789abcdef\\0\\255\\128", n // 19 + 1):sub(1, n)) end');
    const text = "0123456789abcdef\0\xff\x80";
    for (const size of sizes) {
      lua.run(`Memory["size" .. ${size}] = make(${size})`);
      const expected = bytesOf(text.repeat(Math.floor(size / 19) + 1).slice(0, size));
      assert.ok(Buffer.from(host.store.get(ROOT).get(`size${size}`)).equals(value(expected)), `stored ${size}`);
    }
    // Another eval, so that nothing learnt in the first helps.
    for (const size of sizes)
      assert.equal(lua.run(`return Memory["size" .. ${size}] == make(${size})`), "true", `read ${size}`);
    // And another instance.
    const next = open(wrap(host, {}));
    next.run('function make(n) return (string.rep("0123456789abcdef\\0\\255\\128", n // 19 + 1):sub(1, n)) end');
    for (const size of sizes)
      assert.equal(next.run(`return Memory["size" .. ${size}] == make(${size})`), "true", `read anew ${size}`);
  });

  test(`keys of every size are stored whole (${kind} host)`, () => {
    const host = make();
    const lua = open(host);
    for (const size of [1, 100, 4096, 16383, 16384, 16385, 65536, 1_000_000]) {
      lua.run(`Memory[string.rep("k", ${size})] = ${size} Memory["\\1" .. string.rep("k", ${size})] = -${size}`);
      assert.ok(host.store.get(ROOT).has("k".repeat(size)));
      assert.ok(host.store.get(ROOT).has(key("\x01" + "k".repeat(size))));
      assert.equal(
        lua.run(`return Memory[string.rep("k", ${size})], Memory["\\1" .. string.rep("k", ${size})]`),
        `${size}\t-${size}`,
      );
    }
  });

  test(`random values and keys behave as in a Lua table (${kind} host)`, () => {
    const random = new Random(7);
    const host = make();
    const lua = open(host);
    lua.run("model = {} names = {}");
    const item = () =>
      random.pick([
        () => random.integer(),
        () => random.double(),
        () => random.bytes(random.below(30)),
        () => random.chance(0.5),
        () => BigInt(random.below(20)),
        () => random.below(20),
        () => Uint8Array.of(random.below(10)),
      ])();
    for (let round = 0; round < 60; round++) {
      const lines = Array.from({ length: 20 }, () => {
        const [at, data] = [literal(item()), random.chance(0.2) ? "nil" : literal(item())];
        return `k = ${at} v = ${data} model[k] = v Memory[k] = v names[k] = true`;
      });
      lua.run(lines.join("\n"));
      const wrong = `for k in pairs(names) do
          local a, b = model[k], Memory[k]
          if a ~= b or math.type(a) ~= math.type(b) then return tostring(k) .. ": " .. tostring(a) .. " " .. tostring(b) end
        end return "same"`;
      assert.equal(lua.run(wrong), "same");
    }
    const count = Number(lua.run("local n = 0 for _ in pairs(model) do n = n + 1 end return n"));
    assert.equal(host.store.get(ROOT).size, count);
  });

  test(`nil deletes, also what is not there (${kind} host)`, () => {
    const host = make();
    const lua = open(host);
    lua.run('Memory.x = 1 Memory.big = string.rep("x", 100000)');
    lua.run("Memory.x = nil Memory.x = nil Memory.big = nil Memory.never = nil");
    assert.equal(host.store.get(ROOT).size, 0);
    assert.equal(lua.run("return Memory.x, Memory.big, Memory.never"), "nil\tnil\tnil");
  });

  test(`# is the length of a list, whatever its size (${kind} host)`, () => {
    const host = make();
    const lua = open(host);
    for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 9, 100, 1000]) {
      host.store.set(ROOT, new Map(Array.from({ length }, (_, i) => [key(BigInt(i + 1)), value(true)])));
      assert.equal(lua.run("return #Memory"), String(length));
      host.store.get(ROOT).set("name", value("x"));
      assert.equal(lua.run("return #Memory"), String(length));
    }
  });
}

test("# of a table with holes is a border, in O(log n) calls", () => {
  const generator = new Random(11);
  for (let round = 0; round < 200; round++) {
    const present = new Set(Array.from({ length: generator.below(60) }, () => generator.below(40) + 1));
    const host = counting(storeHost(new Map([[ROOT, new Map([...present].map(i => [key(BigInt(i)), value(true)]))]])));
    const border = Number(open(host).run("return #Memory"));
    assert.ok(border === 0 || present.has(border), `${border} is there`);
    assert.ok(!present.has(border + 1), `${border + 1} is not`);
    assert.ok(host.calls.get < 40);
  }
  const list = new Map(Array.from({ length: 100_000 }, (_, i) => [key(BigInt(i + 1)), value(true)]));
  for (const extra of [[], ["a", "b"]]) {
    for (const name of extra) list.set(name, value(1n));
    const host = counting(storeHost(new Map([[ROOT, list]])));
    assert.equal(open(host).run("return #Memory"), "100000");
    assert.ok(host.calls.get < 60, `${host.calls.get} calls`);
  }
});

test("NaN and nil keys raise as in Lua when written, and are absent when read", () => {
  const lua = open();
  assert.match(lua.fail("Memory[0/0] = 1"), /^eval:1: .*index is NaN/);
  assert.match(lua.fail("Memory[nil] = 1"), /^eval:1: .*index is nil/);
  assert.equal(lua.run("return Memory[0/0], Memory[nil]"), "nil\tnil");
});

test("keys that cannot be stored raise when written, and are absent when read", () => {
  for (const bad of ["print", "{}", "function() end", "coroutine.create(print)", "io.stdout"]) {
    const host = storeHost();
    const lua = open(host);
    assert.match(lua.fail(`Memory[${bad}] = 1`), /^eval:1: /, bad);
    assert.equal(lua.run(`return Memory[${bad}]`), "nil", bad);
    assert.equal(host.store.get(ROOT)?.size ?? 0, 0);
  }
});

test("values that cannot be stored raise, and the old value stays", () => {
  for (const [bad, type] of Object.entries({
    print: "function",
    "function() end": "function",
    "coroutine.create(print)": "thread",
    "io.stdout": "userdata",
  })) {
    const lua = open();
    lua.run('Memory.x = "old"');
    const message = lua.fail(`Memory.x = ${bad}`);
    assert.match(message, new RegExp(`^eval:1: cannot store a (${type}|coroutine)`), bad);
    assert.equal(lua.run("return Memory.x"), "old");
  }
});

test("the same table is the same object, in every eval", () => {
  const lua = open();
  assert.equal(
    lua.run("Memory.a = ext.table() kept = Memory.a return Memory.a == Memory.a, Memory.a == kept, Memory == _home"),
    "true\ttrue\ttrue",
  );
  lua.exports.run_gc();
  assert.equal(lua.run("return Memory.a == kept"), "true");
  assert.equal(lua.run("local t = {} t[Memory] = 1 t[Memory.a] = 2 return t[_home], t[kept]"), "1\t2");
});

test("ext.table gives a new table each time, from id 2 on, noted in the catalogue", () => {
  const host = storeHost();
  const lua = open(host);
  lua.run("Memory.a = ext.table() Memory.b = ext.table() Memory.a.x = 1 Memory.b.x = 2");
  assert.equal(lua.run("return Memory.a == Memory.b, Memory.a.x, Memory.b.x"), "false\t1\t2");
  assert.deepEqual(host.store.get(ROOT).get("a"), value({ table: 2 }));
  assert.deepEqual(host.store.get(ROOT).get("b"), value({ table: 3 }));
  assert.deepEqual(host.store.get(0).get("next"), value(4n));
  assert.deepEqual(host.store.get(2).get("x"), value(1n));
});

test("an external table as a key is stored by its id", () => {
  const host = storeHost();
  const lua = open(host);
  lua.run("t = ext.table() Memory[t] = 1 Memory[Memory] = 2");
  assert.deepEqual([...host.store.get(ROOT).keys()], [key({ table: 2 }), key({ table: 1 })]);
  assert.equal(lua.run("return Memory[t], Memory[Memory]"), "1\t2");
});

test("a host may replace every table between two evals", () => {
  const host = storeHost();
  const lua = open(host);
  lua.run("Memory.a = ext.table() Memory.a.x = 1 a = Memory.a");
  const first = structuredClone(host.store);
  lua.run('Memory.a.x = 2 Memory.b = 3 Memory.a.big = string.rep("x", 100000)');
  host.store = structuredClone(first);
  assert.equal(lua.run("return Memory.a.x, Memory.b, Memory.a == a, a.big"), "1\tnil\ttrue\tnil");
  host.store = new Map();
  assert.equal(lua.run("return Memory.a, a.x, #Memory"), "nil\tnil\t0");
  lua.run("Memory.a = ext.table() Memory.a.x = 9");
  assert.equal(lua.run("return Memory.a.x, #Memory.a"), "9\t0");
});

test("what one instance stores, a new instance reads", () => {
  const host = storeHost();
  open(host).run('Memory.a = ext.table() Memory.a.deep = ext.table() Memory.a.deep.x = "found"');
  assert.equal(open(storeHost(host.store)).run("return Memory.a.deep.x"), "found");
});

test("reading never writes", () => {
  const host = counting(storeHost());
  const lua = open(host);
  lua.run("local x = Memory.x, Memory[1], #Memory, Memory[{}]");
  assert.deepEqual([host.calls.set, host.calls.delete], [0, 0]);
});

test("an access is one host call", () => {
  const host = counting(storeHost());
  const lua = open(host);
  const calls = source => {
    host.log.length = 0;
    lua.run(source);
    return host.log.length;
  };
  assert.equal(calls("Memory.x = 1"), 1);
  assert.equal(calls("local v = Memory.x"), 1);
  assert.equal(calls("Memory.x = nil"), 1);
  assert.equal(calls("return 1"), 0);
});

test("the catalogue is asked for the largest value at most once an eval", () => {
  const host = counting(tooBig(storeHost()));
  const lua = open(host);
  lua.run('Memory.big = string.rep("x", 100000)');
  host.log.length = 0;
  lua.run('for i = 1, 20 do local a, b = Memory.big, Memory["absent" .. i] end');
  assert.equal(host.log.filter(([name, table, at]) => name === "get" && table === 0 && at === "max").length, 1);
});

test("the catalogue keeps the largest stored length, rounded up to a power of two", () => {
  const host = storeHost();
  const lua = open(host);
  lua.run('Memory.a = string.rep("x", 1000)');
  assert.equal(host.store.get(0)?.get("max"), undefined);
  lua.run('Memory.a = string.rep("x", 20000)');
  assert.deepEqual(host.store.get(0).get("max"), value(32768n));
  lua.run('Memory.b = string.rep("x", 100000) Memory.c = string.rep("x", 17000)');
  assert.deepEqual(host.store.get(0).get("max"), value(131072n));
});

const MALFORMED = {
  "no bytes at all": [],
  "a boolean without payload": [1],
  "a boolean of 2": [1, 2],
  "a boolean too long": [1, 1, 0],
  "a short integer": [2, 1, 2, 3],
  "a long integer": [2, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  "a short float": [3, 0, 0, 0, 0, 0, 0, 0],
  "a string without length": [4],
  "a short length": [4, 1, 0, 0],
  "a string shorter than its length": [4, 5, 0, 0, 0, 65],
  "a string longer than its length": [4, 1, 0, 0, 0, 65, 66],
  "a length of 4 GB": [4, 255, 255, 255, 255, 65],
  "a table without id": [7],
  "a short id": [7, 1, 0, 0],
  "table 0": [7, 0, 0, 0, 0],
  "table 0xFFFFFFFF": [7, 255, 255, 255, 255],
  "a long id": [7, 2, 0, 0, 0, 0],
  "an unknown tag": [8],
  "another unknown tag": [255, 1, 2],
  "a nil with payload": [0, 1],
  "an inline table": [8, 0, 0, 0, 0],
};

for (const [what, bytes] of Object.entries(MALFORMED)) {
  test(`a stored value that is ${what} raises an error that names table and key`, () => {
    const contents = new Map([
      ["k", Uint8Array.from(bytes)],
      [key(2n), Uint8Array.from(bytes)],
      [key(true), Uint8Array.from(bytes)],
    ]);
    const lua = open(storeHost(new Map([[ROOT, contents]])));
    assert.equal(lua.fail("return Memory.k"), "eval:1: external table 1: malformed value for key 'k'");
    assert.equal(lua.fail("return Memory[2]"), "eval:1: external table 1: malformed value for key [2]");
    assert.equal(lua.fail("return Memory[true]"), "eval:1: external table 1: malformed value for key [true]");
    assert.equal(lua.run("Memory.k = 1 return Memory.k"), "1");
  });
}

test("a stored nil reads as absent", () => {
  assert.equal(open(storeHost(new Map([[ROOT, new Map([["k", Uint8Array.of(0)]])]]))).run("return Memory.k"), "nil");
});

test("functions of the Zig build raise an error that says so", () => {
  for (const tag of [5, 6]) {
    const lua = open(storeHost(new Map([[ROOT, new Map([["k", Uint8Array.of(tag, 1, 2, 3)]])]])));
    assert.match(lua.fail("return Memory.k"), /^eval:1: external table 1: .*'k'.*function/);
  }
});

test("a refused write raises an error that names table and key, and the old value stays", () => {
  for (const [at, shown] of [
    ['"x"', "'x'"],
    ["2", "[2]"],
    ["2.5", "[2.5]"],
    ["true", "[true]"],
    ['"with space"', "'with space'"],
  ]) {
    for (const answer of [-1, 1, 2, -(2 ** 31)]) {
      let armed = false;
      const host = refusing(storeHost(), () => armed, answer);
      const lua = open(host);
      lua.run(`Memory[${at}] = "old"`);
      armed = true;
      assert.equal(
        lua.fail(`Memory[${at}] = "new"`),
        `eval:1: external table 1: the host refused to store key ${shown}`,
      );
      assert.match(
        lua.fail(`Memory[${at}] = nil`),
        new RegExp("^eval:1: external table 1: the host refused to delete key "),
      );
      assert.equal(lua.run(`return Memory[${at}]`), "old");
      assert.equal(lua.run(`return pcall(function() Memory[${at}] = 1 end)`).startsWith("false\t"), true);
    }
  }
});

test("whichever write of a program is refused, everything stored before it stays and nothing is half-written", () => {
  const source = `Memory.s = "new" Memory.n = 2 Memory.t = ext.table() Memory.t.x = "in t"
    Memory.big = string.rep("y", 100000) Memory.gone = nil`;
  const start = () =>
    structuredClone(
      new Map([
        [
          ROOT,
          new Map([
            ["s", value("old")],
            ["gone", value(1n)],
            ["big", value("old")],
          ]),
        ],
      ]),
    );
  const full = refusing(storeHost(start()), () => false);
  const total = counting(full);
  open(total).run(source);
  const writes = total.calls.set + total.calls.delete;
  assert.ok(writes >= 6);
  for (let nth = 1; nth <= writes; nth++) {
    const host = refusing(storeHost(start()), nth);
    const lua = open(host);
    assert.match(lua.fail(source), /external table.*the host refused/, `write ${nth}`);
    const root = host.store.get(ROOT);
    for (const name of ["s", "big"])
      assert.ok(["old", "new", "y".repeat(100000)].some(text => Buffer.from(root.get(name)).equals(value(text))));
    assert.ok(root.has("gone"));
    assert.equal(lua.run("return Memory.s ~= nil, Memory.big ~= nil").startsWith("true\ttrue"), true);
    // Asked again, the host agrees.
    lua.run(source);
    assert.equal(
      lua.run("return Memory.s, Memory.n, Memory.t.x, #Memory.big, Memory.gone"),
      "new\t2\tin t\t100000\tnil",
    );
  }
});

test("a large value that is refused leaves the old large value readable", () => {
  for (const make of Object.values(HOSTS)) {
    let armed = false;
    const host = refusing(make(), () => armed);
    const lua = open(host);
    lua.run('Memory.x = string.rep("a", 40000)');
    armed = true;
    assert.equal(lua.eval('Memory.x = string.rep("b", 400000)').ok, false);
    assert.equal(lua.run('return Memory.x == string.rep("a", 40000)'), "true");
  }
});

test("a catalogue whose next is not an integer from 2 to 2^31 raises, and nothing is written", () => {
  const bad = [
    value(1n),
    value(0n),
    value(-5n),
    value(2n ** 31n + 1n),
    value(2n ** 63n - 1n),
    value(2),
    value("2"),
    value(true),
    Uint8Array.of(2, 0),
    Uint8Array.of(),
  ];
  for (const next of bad) {
    const host = counting(
      storeHost(
        new Map([
          [0, new Map([["next", next]])],
          [ROOT, new Map([["k", value(1n)]])],
        ]),
      ),
    );
    const lua = open(host);
    assert.match(lua.fail("return ext.table()"), /external tables: damaged catalogue/);
    assert.equal(lua.run("return Memory.k"), "1");
    lua.exports.run_gc();
    assert.deepEqual([host.calls.set, host.calls.delete], [0, 0]);
  }
});

test("ids still in use are skipped, whatever next says", () => {
  const host = storeHost(
    new Map([
      [0, new Map([["next", value(2n)]])],
      [2, new Map([["a", value(1n)]])],
      [3, new Map([["a", value(1n)]])],
    ]),
  );
  const lua = open(host);
  lua.run("Memory.t = ext.table() Memory.t.x = 1");
  assert.deepEqual(host.store.get(ROOT).get("t"), value({ table: 4 }));
  assert.deepEqual(host.store.get(0).get("next"), value(5n));
});

test("tables of a store without a catalogue are adopted by name at the first allocation", () => {
  const tables = [1, 2, 5, 40, 100].map(id => [id, new Map([["x", value(BigInt(id))]])]);
  const host = storeHost(new Map(tables));
  const lua = open(host);
  assert.equal(lua.run("return Memory.x"), "1");
  assert.equal(host.store.has(0), false, "reading writes nothing");
  lua.run("Memory.t = ext.table()");
  const catalogue = host.store.get(0);
  for (const id of [2, 5, 40, 100])
    assert.deepEqual(catalogue.get(`name:table:${id}`), value({ table: id }), `table ${id}`);
  assert.equal(catalogue.has("name:table:1"), false);
  assert.deepEqual(host.store.get(ROOT).get("t"), value({ table: 101 }));
});

// A host that claims every buffer full is asked with ever larger ones: bounded memory ends that sooner.
const bounded = new WebAssembly.Module(withMaximumMemory(moduleBytes(), 128));
const LIES = {
  "sizes beyond the room": (name, truth, args) =>
    name === "get" || name === "keys" ? args.at(-1).length + 1 : undefined,
  "the largest size there is": name => (name === "get" || name === "keys" || name === "size" ? 2 ** 31 - 1 : undefined),
  "negative sizes": name => (name === "get" || name === "keys" || name === "size" ? -2 : undefined),
  "the smallest number there is": () => -(2 ** 31),
  "a count of 2^32-1 keys": (name, truth, args) => {
    if (name !== "keys") return undefined;
    args[1].set([255, 255, 255, 255], 0);
    return 4;
  },
  "zero to everything": () => 0,
  "one to everything": () => 1,
  "undefined and NaN": () => NaN,
};
const USES = `
  for _, k in ipairs {"x", 1, 2.5, true, "\\1", ("k"):rep(20000)} do
    pcall(function() return Memory[k] end)
    pcall(function() Memory[k] = "value" end)
    pcall(function() Memory[k] = ("v"):rep(20000) end)
    pcall(function() return Memory[k] end)
    pcall(function() Memory[k] = nil end)
  end
  pcall(function() return #Memory end)
  pcall(function() Memory.t = ext.table() Memory.t.x = 1 return Memory.t.x end)
  pcall(function() local n = 0 for k, v in pairs(Memory) do n = n + 1 if n > 100 then break end end end)`;

for (const [what, lie] of Object.entries(LIES)) {
  test(`a host that answers ${what} gets errors or wrong values, never a trap`, () => {
    const lua = open(lying(storeHost(), lie), bounded);
    lua.run(USES);
    lua.exports.run_gc();
    assert.equal(lua.run("return 1 + 1"), "2");
  });
}

test("a host with random answers and random bytes gets errors or wrong values, never a trap", () => {
  for (let seed = 0; seed < 100; seed++) {
    const lua = open(random(storeHost(), new Random(seed), 0.3), bounded);
    for (let round = 0; round < 3; round++) {
      lua.run(USES);
      lua.exports.run_gc();
    }
    assert.equal(lua.run("return 1 + 1"), "2", `seed ${seed}`);
  }
});

/** Answers -1 for keys that do not fit, as for an error. */
const keysTooBig = host =>
  wrap(host, {
    keys(table, room) {
      const needed = [...(host.store.get(table)?.keys() ?? [])].reduce((sum, k) => sum + 4 + k.length, 4);
      return needed > room.length ? -1 : host.keys(table, room);
    },
  });

test("a host whose keys answers -1 when the room is too small is asked with more", () => {
  const lua = open(keysTooBig(storeHost()));
  lua.run('for i = 1, 5000 do Memory["key " .. i] = i end');
  assert.equal(
    lua.run("local n, sum = 0, 0 for k, v in pairs(Memory) do n, sum = n + 1, sum + v end return n, sum"),
    "5000\t12502500",
  );
  assert.equal(lua.run("ext.clear(Memory) return ext.size(Memory)"), "0");
  assert.equal(lua.run('for _ in pairs(Memory) do return "a key" end'), "", "an empty table has no keys");
});

test("a host whose keys only ever answers -1 is asked with up to 64 MiB, then it is an error", () => {
  const asked = [];
  const host = storeHost();
  const lua = open(wrap(host, { keys: (table, room) => (asked.push(room.length), -1) }));
  lua.run("Memory.x = 1");
  assert.equal(lua.fail("for _ in pairs(Memory) do end"), "eval:1: external table 1: malformed key");
  assert.equal(Math.max(...asked), 64 * 1024 * 1024);
  assert.ok(asked.length < 12, `${asked.length} calls`);
});

test("latin1 keys of the store are the bytes the module sent", () => {
  const host = storeHost();
  const all = Uint8Array.from({ length: 248 }, (_, i) => i + 8);
  open(host).run(`Memory[${quote(all)}] = true`);
  assert.deepEqual([...host.store.get(ROOT).keys()], [latin1(all)]);
});
