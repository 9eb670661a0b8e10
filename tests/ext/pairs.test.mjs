// pairs, ipairs: the guarantees of the manual, kept on any table and any host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../abi/client.mjs";
import { storeHost } from "../abi/hosts.mjs";
import { storeOf } from "./store.mjs";

const opened = source => {
  const lua = open();
  lua.run(source);
  return lua;
};

test("pairs gives every key and value once, of every kind", () => {
  const lua = opened(`
    expected = {[1] = "a", [-1] = 2.5, [0.5] = true, [math.maxinteger] = false, [math.mininteger] = 0, [1e300] = "",
      [math.huge] = 1, [true] = 2, [false] = 3, [""] = 4, ["\\0"] = 5, ["\\7"] = 6, ["\\8"] = 7, ["\\255"] = 8,
      ["1"] = 9, [("k"):rep(5000)] = 10, ["\\2\\1\\0\\0\\0\\0\\0\\0\\0"] = 11}
    for k, v in pairs(expected) do Memory[k] = v end`);
  assert.equal(
    lua.run(`
    local seen = {}
    for k, v in pairs(Memory) do
      assert(seen[k] == nil, "twice")
      assert(math.type(k) == math.type(k) and expected[k] == v and math.type(expected[k]) == math.type(v))
      seen[k] = v
    end
    for k in pairs(expected) do assert(seen[k] ~= nil, k) end
    return "all"`),
    "all",
  );
});

test("an integer key and the string of its digits are two keys", () => {
  assert.equal(
    opened('Memory[1] = "i" Memory["1"] = "s"').run('return Memory[1], Memory["1"], ext.size(Memory)'),
    "i\ts\t2",
  );
});

test("floats with integer values are integer keys", () => {
  const lua = opened('Memory[2.0] = "a" Memory[2^53] = "b" Memory[-0.0] = "c"');
  assert.equal(lua.run("return Memory[2], Memory[1 << 53], Memory[0]"), "a\tb\tc");
  assert.equal(
    lua.run('local n = 0 for k in pairs(Memory) do n = n + 1 assert(math.type(k) == "integer") end return n'),
    "3",
  );
});

test("external tables are keys, and the key is the same object", () => {
  const lua = opened('Memory.a = {} Memory.b = {} Memory[Memory.a] = "of a" Memory[Memory] = "of itself"');
  assert.equal(lua.run("return Memory[Memory.a], Memory[Memory.b], Memory[Memory]"), "of a\tnil\tof itself");
  assert.equal(
    lua.run('for k, v in pairs(Memory) do if v == "of a" then return rawequal(k, Memory.a) end end'),
    "true",
  );
});

test("float values keep being floats", () => {
  assert.equal(
    opened("Memory.f = 3.0 Memory.i = 3").run("return Memory.f, Memory.i, math.type(Memory.f)"),
    "3.0\t3\tfloat",
  );
});

test("pairs of an empty and of a new table gives nothing", () => {
  assert.equal(
    open().run(
      "local n = 0 for _ in pairs(Memory) do n = n + 1 end for _ in pairs(ext.table()) do n = n + 1 end return n",
    ),
    "0",
  );
});

for (const count of [50, 100, 1000, 100_000]) {
  test(`pairs gives all ${count} keys, when the answer of the host is cut`, () => {
    const lua = opened(`for i = 1, ${count} do Memory["key number " .. i] = i end`);
    assert.equal(
      lua.run(`local n, sum, seen = 0, 0, {}
        for k, v in pairs(Memory) do assert(k == "key number " .. v and not seen[k]) seen[k] = true n, sum = n + 1, sum + v end
        return n, sum`),
      `${count}\t${(count * (count + 1)) / 2}`,
    );
  });
}

test("pairs reads keys of 1 MB", () => {
  assert.equal(
    opened('for i = 1, 3 do Memory[("k"):rep(1000000) .. i] = i end').run(
      "local sum = 0 for k, v in pairs(Memory) do assert(#k == 1000001 and k:sub(-1) == tostring(v)) sum = sum + v end return sum",
    ),
    "6",
  );
});

test("fields can be assigned on the way, each is met once", () => {
  const lua = opened("for i = 1, 500 do Memory[i] = i end");
  assert.equal(
    lua.run(
      "local n = 0 for k, v in pairs(Memory) do assert(v == k) Memory[k] = -v n = n + 1 end return n, Memory[1], Memory[500]",
    ),
    "500\t-1\t-500",
  );
});

test("a value assigned ahead is the one that is met", () => {
  assert.equal(
    opened("Memory.a = 1 Memory.b = 1").run(`
      local seen = {}
      for k, v in pairs(Memory) do seen[#seen + 1] = v Memory.a, Memory.b = 2, 2 end
      return table.concat(seen, " ")`),
    "1 2",
  );
});

test("all fields can be deleted on the way", () => {
  assert.equal(
    opened('for i = 1, 500 do Memory["k" .. i] = i end').run(
      "local n = 0 for k in pairs(Memory) do Memory[k] = nil n = n + 1 end return n, ext.size(Memory)",
    ),
    "500\t0",
  );
});

test("a key deleted ahead is not met", () => {
  assert.equal(
    opened("for i = 1, 500 do Memory[i] = i end").run(`
      local n = 0
      for k in pairs(Memory) do
        n = n + 1
        for i = 1, 500 do if i ~= k then Memory[i] = nil end end
      end
      return n`),
    "1",
  );
});

test("ext.clear on the way ends the walk", () => {
  assert.equal(
    opened("for i = 1, 50 do Memory[i] = i end").run(
      "local n = 0 for k in pairs(Memory) do n = n + 1 ext.clear(Memory) end return n",
    ),
    "1",
  );
});

test("keys added on the way are not met", () => {
  assert.equal(
    opened("Memory.a = 1 Memory.b = 2").run(
      'local n = 0 for k in pairs(Memory) do n = n + 1 Memory["new" .. n] = n end return n, ext.size(Memory)',
    ),
    "2\t4",
  );
});

test("walks of one table can be nested", () => {
  assert.equal(
    opened("for i = 1, 20 do Memory[i] = i end").run(
      "local n = 0 for a in pairs(Memory) do for b in pairs(Memory) do n = n + a * b end end return n",
    ),
    String(210 * 210),
  );
});

test("a walk goes on after a collection", () => {
  assert.equal(
    opened("for i = 1, 300 do Memory[i] = {i} end").run(
      "local n = 0 for k, v in pairs(Memory) do n = n + v[1] if k % 50 == 0 then collectgarbage() end end return n",
    ),
    "45150",
  );
});

test("a walk goes on in a later eval, without what the host has lost since", () => {
  const lua = opened(
    'for i = 1, 4 do Memory["k" .. i] = i end step, state, key = pairs(Memory) key = step(state, key)',
  );
  const first = lua.run("return key");
  lua.host.store = storeOf({
    1: [
      ["k2", 20n],
      ["k3", 30n],
      ["k9", 90n],
    ],
  });
  const expected = ["k2", "k3"].filter(k => k !== first);
  const met = lua.run(
    'local seen = {} for k, v in step, state, key do seen[#seen + 1] = k .. v end table.sort(seen) return table.concat(seen, " ")',
  );
  assert.equal(met, expected.map(k => `${k}${k[1]}0`).join(" "));
});

test("values with the tag of nil are skipped by pairs and read as absent", () => {
  const lua = open(
    storeHost(
      storeOf({
        1: [
          ["a", 1n],
          ["b", [0]],
          [1n, "x"],
          [2n, [0]],
          [3n, "z"],
        ],
      }),
    ),
  );
  assert.equal(lua.run("return Memory.b, Memory[2], #Memory == 1 or #Memory == 3"), "nil\tnil\ttrue");
  assert.equal(
    lua.run('local n = 0 for k, v in pairs(Memory) do assert(v ~= nil and k ~= "b" and k ~= 2) n = n + 1 end return n'),
    "3",
  );
  assert.equal(lua.run("local n = 0 for i in ipairs(Memory) do n = i end return n"), "1");
  assert.equal(lua.run("return ext.copy(Memory).b, ext.copy(Memory).a"), "nil\t1");
});

test("ipairs ends at the first absent index", () => {
  assert.equal(
    opened("for i = 1, 10 do Memory[i] = i * i end Memory[6] = nil Memory.x = 1").run(
      "local sum = 0 for i, v in ipairs(Memory) do assert(v == i * i) sum = sum + v end return sum",
    ),
    "55",
  );
});

test("the host may list no keys for a table it does not know", () => {
  const host = storeHost();
  assert.equal(open(host).run('local t = ext.table() for _ in pairs(t) do error("a key") end return ext.size(t)'), "0");
});

test("table functions work on external tables", () => {
  const lua = open();
  lua.run('Memory.t = {"b", "d", "a"}');
  assert.equal(
    lua.run(`
    local t = Memory.t
    table.insert(t, "c") table.insert(t, 1, "e")
    table.sort(t)
    local joined = table.concat(t, ",")
    table.sort(t, function(a, b) return a > b end)
    local removed = table.remove(t, 1) .. table.remove(t)
    table.move(t, 1, 3, 2)
    return joined, removed, table.concat(t, ","), table.unpack(t, 2, 3)`),
    "a,b,c,d,e\tea\td,d,c,b\td\tc",
  );
});
