// The service `request` (docs/abi.md section 9): source of any length, with a name and arguments.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./client.mjs";
import { counting, storeHost, wrap } from "./hosts.mjs";
import { Random } from "./random.mjs";
import { SERVICES, serviced } from "./serviced.mjs";
import { value } from "./wire.mjs";

const u32 = number => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
};
/** A message of values that are encoded already, or that wire.mjs encodes. */
const message = (...values) =>
  Buffer.concat([u32(values.length), ...values.map(v => (Buffer.isBuffer(v) ? v : value(v)))]);
const NIL = Buffer.of(0);
const table = (...pairs) =>
  Buffer.concat([Buffer.of(8), u32(pairs.length), ...pairs.flat().map(v => (Buffer.isBuffer(v) ? v : value(v)))]);
const back = number => Buffer.concat([Buffer.of(9), u32(number)]);

/** An instance whose next evals run what `requests` gives, one each. */
function requesting(answers = {}) {
  let next;
  const lua = serviced({ request: () => next, ...answers });
  lua.request = bytes => {
    next = bytes;
    const answer = lua.eval('error("the buffer is run")');
    next = undefined;
    return answer;
  };
  lua.ask = (source, name = "=chunk", ...args) => lua.request(message("run", source, name, ...args));
  return lua;
}

const SHOW = `local function show(v, seen)
  if type(v) ~= "table" then return math.type(v) == "integer" and v .. "" or ("%q"):format(v) end
  seen[v] = true
  local keys, parts = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, k in ipairs(keys) do parts[i] = show(k, seen) .. "=" .. (seen[v[k]] and "seen" or show(v[k], seen)) end
  return "{" .. table.concat(parts, ",") .. "}"
end
local all = table.pack(...)
for i = 1, all.n do all[i] = show(all[i], {}) end
return table.concat(all, " ", 1, all.n)`;

test("a request runs instead of the buffer", () => {
  assert.deepEqual(requesting().ask("return 1, 2").text, "1\t2");
});

test("without a request the buffer runs, and the host is asked once an eval", () => {
  const host = counting(storeHost());
  const lua = serviced({ request: undefined }, host);
  let asked = 0;
  const { get } = lua.host;
  lua.host.get = (id, key, room) => {
    asked += id === SERVICES && key === "request";
    return get(id, key, room);
  };
  assert.equal(lua.run("1 + 1"), "2");
  assert.equal(lua.run("x = 1"), "");
  assert.deepEqual([asked, host.calls.get], [2, 0]);
});

test("a host without the service is not asked", () => {
  const asked = [];
  const store = storeHost();
  const lua = open(wrap(store, { get: (id, key, room) => (asked.push(key), store.get(id, key, room)) }));
  lua.run("return 1");
  assert.deepEqual(asked, ["services"]);
});

test("the chunk name is that of messages and of debug.getinfo", () => {
  const lua = requesting();
  assert.match(
    lua.ask('\nerror("x")', "=run 7").text,
    /^run 7:2: x\nstack traceback:\n\t\[C\]: in function 'error'\n\trun 7:2: in main chunk\n/,
  );
  assert.equal(lua.ask("x =", "@file.lua").text, "file.lua:1: unexpected symbol near <eof>");
  assert.equal(lua.ask('return debug.getinfo(1, "S").source', "=run 8").text, "=run 8");
  assert.equal(lua.ask('error("x")', "text").text.split("\n")[0], '[string "text"]:1: x');
});

test("a function keeps the name and the line of the source that defined it", () => {
  const lua = requesting();
  lua.ask("\n\nfunction area(t) return t.w * t.h end", "=run 1");
  assert.match(
    lua.ask("\n\n\n\narea {}", "=run 2").text,
    /^run 1:3: attempt to perform arithmetic on a nil value \(field 'w'\)/,
  );
});

for (const length of [16_000, 16_384, 65_536, 90_643, 300_000, 5_000_000]) {
  test(`source of ${length} bytes runs`, () => {
    const lua = requesting();
    const end = 'return "end"';
    assert.equal(lua.ask(`--[[${"x".repeat(length - end.length - 6)}]]${end}`).text, "end");
    assert.equal(lua.ask(`return #"${"y".repeat(length)}"`).text, String(length));
    const { ok, text } = lua.ask(`${"\n".repeat(length)}error("last")`);
    assert.deepEqual([ok, text.split("\n")[0]], [false, `chunk:${length + 1}: last`]);
  });
}

test("an expression is shown, a first line with # and a byte order mark are skipped, as in eval", () => {
  const lua = requesting();
  assert.equal(lua.ask("1 + 1").text, "2");
  assert.equal(lua.ask("#!lua\n1 + 1").text, "2");
  assert.equal(lua.ask(Buffer.from(value(Buffer.from("\ufeff#x\nreturn 3")))).text, "3");
  assert.match(lua.ask("\x1bLua").text, /binary chunk/);
  assert.equal(lua.ask("").text, "");
});

test("the arguments are what ... is", () => {
  const lua = requesting();
  assert.equal(lua.ask('return select("#", ...)').text, "0");
  const args = [NIL, true, false, 7n, -(2n ** 63n), 3, 0.5, "text", "", "a\0b", { table: 1 }, NIL];
  assert.equal(
    lua.ask('return select("#", ...), ...', "=chunk", ...args.slice(0, 10)).text,
    "10\tnil\ttrue\tfalse\t7\t-9223372036854775808\t3.0\t0.5\ttext\t\ta\0b",
  );
  assert.equal(lua.ask('return (...) == Memory, select("#", ...)', "=chunk", { table: 1 }, NIL).text, "true\t2");
  assert.equal(
    lua.ask("return #{...}, select(200, ...)", "=chunk", ...Array.from({ length: 200 }, (_, i) => BigInt(i))).text,
    "200\t199",
  );
});

test("tables are made, with tables in them and as keys, shared ones and cycles", () => {
  const lua = requesting();
  const shown = (...args) => lua.ask(SHOW, "=chunk", ...args).text;
  assert.equal(shown(table()), "{}");
  assert.equal(shown(table(["a", 1n], [2n, "b"], [true, 2.5])), '{2="b","a"=1,true=0x1.4p+1}');
  assert.equal(shown(table([3, "float key"])), '{3="float key"}');
  assert.equal(shown(table(["a", NIL])), "{}");
  assert.equal(shown(table(["x", table(["y", table(["z", 1n])])], ["w", 2n]), 5n), '{"w"=2,"x"={"y"={"z"=1}}} 5');
  assert.equal(shown(table([table([1n, 2n]), "value"])), '{{1=2}="value"}');
  assert.equal(shown(table(["self", back(0)])), '{"self"=seen}');
  assert.equal(
    lua.ask(
      "local t, u = ... return t.b == u, t.self == t, u.up == t",
      "=chunk",
      table(["b", table(["up", back(0)])], ["self", back(0)]),
      back(1),
    ).text,
    "true\ttrue\ttrue",
  );
});

test("tables of any depth are made without recursion", () => {
  const lua = requesting();
  const depth = 300_000;
  const nested = Buffer.concat([
    ...Array.from({ length: depth }, () => Buffer.concat([Buffer.of(8), u32(1), Buffer.from(value(true))])),
    NIL,
  ]);
  assert.equal(
    lua.ask("local t, n = ..., 0 while t do t, n = t[true], n + 1 end return n", "=chunk", nested).text,
    String(depth),
  );
});

test("a long message is whole, and its arguments too", () => {
  const lua = requesting();
  const long = "z".repeat(100_000);
  assert.equal(
    lua.ask("local a, t = ... return #a, #t[1], #t", "=chunk", long, table([1n, long], [2n, long])).text,
    "100000\t100000\t2",
  );
});

const good = message("run", "ran = true", "=chunk");
const MALFORMED = {
  "no bytes": Buffer.alloc(0),
  "a short count": Buffer.of(1, 0),
  "no values": message(),
  "a count too large": Buffer.concat([u32(4), good.subarray(4)]),
  "a count too small": Buffer.concat([u32(2), good.subarray(4)]),
  "the largest count": Buffer.concat([u32(0xffffffff), good.subarray(4)]),
  "a byte too many": Buffer.concat([good, NIL]),
  "a string that is cut": good.subarray(0, -1),
  "no chunk name": message("run", "ran = true"),
  "no source": message("run"),
  "a number as operation": message(1n, "ran = true", "=chunk"),
  "a number as source": message("run", 1n, "=chunk"),
  "nil as chunk name": message("run", "ran = true", NIL),
  "a boolean of 2": message("run", "ran = true", "=chunk", Buffer.of(1, 2)),
  "a short integer": message("run", "ran = true", "=chunk", Buffer.of(2, 0, 0)),
  "the table 0": message("run", "ran = true", "=chunk", { table: 0 }),
  "the table 0xFFFFFFFF": message("run", "ran = true", "=chunk", { table: 0xffffffff }),
  "a back-reference without a table": message("run", "ran = true", "=chunk", back(0)),
  "a back-reference to a table not yet begun": message("run", "ran = true", "=chunk", table(["a", back(1)]), table()),
  "more pairs than bytes": message(
    "run",
    "ran = true",
    "=chunk",
    Buffer.concat([Buffer.of(8), u32(0x7fffffff), NIL, NIL]),
  ),
  "nil as a key": message("run", "ran = true", "=chunk", table([NIL, 1n])),
  "NaN as a key": message("run", "ran = true", "=chunk", table([NaN, 1n])),
  "a table that is cut": message("run", "ran = true", "=chunk", table(["a", 1n]).subarray(0, -3)),
};
for (const tag of [5, 6, 10, 11, 12, 13, 255])
  MALFORMED[`the tag ${tag}`] = message("run", "ran = true", "=chunk", Buffer.of(tag, 0, 0, 0, 0));

for (const [what, bytes] of Object.entries(MALFORMED)) {
  test(`${what} is a malformed message, and nothing of it is run`, () => {
    const lua = requesting({ error: "" });
    assert.equal(lua.request(bytes).text, "malformed message\nstack traceback:\n\t[C]: in ?");
    assert.equal(lua.host.sent.at(-1)[0], "error");
    assert.equal(lua.run("return ran"), "nil");
    assert.equal(lua.ask("return 1").text, "1");
  });
}

test("an operation that is not known is named", () => {
  for (const name of ["fly", "RUN", "", "starts"]) {
    assert.equal(
      requesting()
        .request(message(name, "ran = true", "=chunk"))
        .text.split("\n")[0],
      `unknown operation '${name}'`,
    );
  }
});

test("results, error and stdout are sent as by an eval; the buffer has the text of an error only", () => {
  const lua = requesting({ results: "", error: "", stdout: "" });
  const { ok, n } = lua.ask('print("out") return 1, "x"');
  assert.deepEqual({ ok, n }, { ok: true, n: 0 });
  assert.deepEqual(lua.host.sent.map(([name]) => name).sort(), ["results", "stdout"]);
  const [, results] = lua.host.sent.find(([name]) => name === "results");
  assert.ok(results.equals(message(1n, "x")));
  assert.match(lua.ask('error("x")').text, /^chunk:1: x\nstack/);
  assert.equal(lua.run("return 5"), "5", "an eval of the buffer shows its results");
});

test("a host that offers text too has the text of results", () => {
  assert.equal(requesting({ results: "", text: "" }).ask('return 1, {} and "x"').text, "1\tx");
});

test("a request that exceeds a limit of memory or instructions is an error, and the next one runs", () => {
  const lua = requesting({ config: "memory_limit=3000000\ninstruction_limit=1000000" });
  assert.equal(lua.ask(`return #"${"x".repeat(4_000_000)}"`).text.split("\n")[0], "not enough memory");
  const pairs = Array.from({ length: 300_000 }, (_, i) => Buffer.concat([value(BigInt(i)), value(true)]));
  const wide = Buffer.concat([Buffer.of(8), u32(pairs.length), ...pairs]);
  assert.match(lua.ask("return 1", "=chunk", wide).text, /^(not enough memory|instruction limit exceeded)/);
  assert.equal(lua.ask("return 1").text, "1");
});

test("requests of random bytes, and good ones with a byte changed, never trap", () => {
  const random = new Random(9);
  const lua = requesting({ config: "memory_limit=20000000" });
  const seed = message(
    "run",
    "return ...",
    "=chunk",
    table(["a", table([1n, back(0)])], [2.5, "x"]),
    { table: 3 },
    true,
  );
  for (let round = 0; round < 3000; round++) {
    const bytes = random.chance(0.2) ? Buffer.from(random.bytes(random.below(40))) : Buffer.from(seed);
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(random.chance(0.5) ? 16 : 256);
    lua.request(bytes);
  }
  assert.equal(lua.ask("return 1").text, "1");
});
