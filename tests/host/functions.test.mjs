// Functions of the host by the option `host`: which there are, what they get and give, and their errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaError, LuaFunction, LuaLimitError, LuaPersistent, LuaTable } from "../../js/dist/index.js";
import { open, rejection, values } from "./opened.mjs";

test("Lua calls functions of the host by their names", async t => {
  const lua = await open(t, { now: () => 5, http: { text: url => `<${url}>`, v2: { add: (a, b) => a + b } } });
  assert.deepEqual(await values(lua, 'return host.now(), host.http.text("/a.txt"), host.http.v2.add(1, 2.5)'), [
    5,
    "</a.txt>",
    3.5,
  ]);
});

test("eval calls them, too", async t => {
  const lua = await open(t, { add: (a, b) => a + b });
  assert.equal(lua.eval("return host.add(1, 2)"), "3");
});

test("a method has its object as this", async t => {
  const lua = await open(t, {
    store: {
      name: LuaPersistent.hostFunction(function () {
        return Object.keys(this).length;
      }),
    },
  });
  assert.deepEqual(await values(lua, "return host.store.name()"), [1]);
});

test("a name that is not given is an error that names it, never nil", async t => {
  const lua = await open(t, { http: { text() {} } });
  for (const [code, name] of [
    ["host.nothing()", "nothing"],
    ["host.http.get()", "http.get"],
    ["return host.toString", "toString"],
    ["return host.http.__proto__", "http.__proto__"],
    ["return host.constructor", "constructor"],
    ["return host.module", "module"],
  ]) {
    assert.equal((await rejection(lua.run(code, { name: "x" }))).message, `x:1: the host has no 'host.${name}'`);
  }
});

test("nothing of a prototype can be reached", async () => {
  class Api {
    secret() {}
  }
  await assert.rejects(LuaPersistent.open({ host: { api: new Api() } }), {
    name: "TypeError",
    message:
      "open: host.api is an object of class Api, and must be a function, a hostFunction or a plain object of these",
  });
  await assert.rejects(LuaPersistent.open({ host: new Api() }), { message: /^open: host is an object of class Api/ });
  await assert.rejects(LuaPersistent.open({ host: 5 }), {
    message: "open: host is 5, and must be an object of functions",
  });
});

test("what is no function, or has no name for Lua, is refused by name", async () => {
  const refused = {
    "open: host.a.b is 5, and must be a function, a hostFunction or a plain object of these": { a: { b: 5 } },
    "open: host.a is a string, and must be a function, a hostFunction or a plain object of these": { a: "x" },
    "open: host.a is an array, and must be a function, a hostFunction or a plain object of these": { a: [] },
    "open: host.a.get-it is no name that Lua can have: letters, digits and _": { a: { "get-it"() {} } },
    "open: host.sleep is always there, and cannot be another one": { sleep() {} },
    "open: host.json is always there, and cannot be another one": { json: {} },
  };
  for (const [message, host] of Object.entries(refused)) {
    await assert.rejects(LuaPersistent.open({ host }), { name: "TypeError", message });
  }
  const circular = {};
  circular.a = circular;
  await assert.rejects(LuaPersistent.open({ host: circular }), { message: /is too deep, or in itself$/ });
});

test("scripts cannot change host", async t => {
  const lua = await open(t, { f: () => 1 });
  assert.match((await rejection(lua.run("host.f = nil"))).message, /cannot change 'host\.f'$/);
  assert.deepEqual(await values(lua, "return host.f()"), [1]);
});

/** As Lua writes it, and what the function gets. */
const ARGUMENTS = {
  "nil, true, false": [undefined, true, false],
  "7, -1, 2^53, 0.5, 3.0": [7, -1, 2 ** 53, 0.5, 3],
  "1 << 62": [1n << 62n],
  '"", "text", "grüße", "a\\0b"': ["", "text", "grüße", "a\0b"],
  '"\\255"': [Uint8Array.of(255)],
  "{}, {1, 2}, {a = 1, b = {c = 2}}": [[], [1, 2], { a: 1, b: { c: 2 } }],
  "{1, nil, 3}": [new Map([[1, 1], [3, 3]])], // prettier-ignore
  "{[1.5] = true}": [new Map([[1.5, true]])],
};
for (const [source, expected] of Object.entries(ARGUMENTS)) {
  test(`${source} arrives as the values of results`, async t => {
    let got;
    const lua = await open(t, { f: (...args) => void (got = args) });
    await lua.run(`host.f(${source})`);
    assert.deepEqual(got, expected);
  });
}

test("tables arrive as copies, the same table as the same object", async t => {
  let got;
  const lua = await open(t, { f: (...args) => void (got = args) });
  await lua.run("local t = {} t.self = t host.f(t, t, {t}) ");
  assert.equal(got[0], got[1]);
  assert.equal(got[0].self, got[0]);
  assert.equal(got[2][0], got[0]);
});

test("an external table arrives as its view, and goes back as itself", async t => {
  let got;
  const lua = await open(t, { f: table => ((got = table), { inside: table }) });
  assert.deepEqual(await values(lua, "Memory.t = {x = 1} return host.f(Memory.t).inside == Memory.t"), [true]);
  assert.ok(got instanceof LuaTable);
  assert.equal(got.get("x"), 1);
});

/** What functions return, and what Lua makes of it. */
const RESULTS = [
  [undefined, "nil"],
  [null, "nil"],
  [true, "true"],
  [7, "7"],
  [-0, "-0.0"],
  [2 ** 60, "1.1529215046068e+18"],
  [1n << 62n, "4611686018427387904"],
  [-1n, "-1"],
  [1.5, "1.5"],
  [NaN, /^-?nan$/],
  ["grüße 👋", "grüße 👋"],
  ["x".repeat(100), "x".repeat(100)],
  ["é".repeat(100), "é".repeat(100)],
  [Uint8Array.of(104, 105), "hi"],
];
for (const [value, shown] of RESULTS) {
  test(`${typeof value} ${String(value).slice(0, 20)} becomes what Lua has for it`, async t => {
    const lua = await open(t, { f: () => value });
    const [text] = await values(lua, "return tostring(host.f())");
    if (shown instanceof RegExp) assert.match(text, shown);
    else assert.equal(text, shown);
  });
}

test("an integer stays one, and a float", async t => {
  const lua = await open(t, { f: x => x });
  assert.deepEqual(await values(lua, "return math.type(host.f(1)), math.type(host.f(1.5)), math.type(host.f(2^53))"), [
    "integer",
    "float",
    "float",
  ]);
});

test("plain objects, arrays and Maps become tables, shared ones and cycles kept; null and undefined are absent", async t => {
  const shared = { n: 1 };
  const cyclic = { list: [shared, shared], map: new Map([[1.5, "x"], [true, shared]]), gone: undefined, none: null }; // prettier-ignore
  cyclic.self = cyclic;
  const lua = await open(t, { f: () => cyclic });
  const code = `local t = host.f()
    return t.self == t, t.list[1] == t.list[2], t.map[true] == t.list[1], t.map[1.5], t.gone, t.none, #t.list`;
  assert.deepEqual(await values(lua, code), [true, true, true, "x", undefined, undefined, 2]);
});

test("a table that is very deep is no problem", async t => {
  let deep = { bottom: true };
  for (let depth = 0; depth < 50_000; depth++) deep = [deep];
  const lua = await open(t, { f: () => deep });
  assert.deepEqual(
    await values(lua, "local t, n = host.f(), 0 while t[1] do t, n = t[1], n + 1 end return n, t.bottom"),
    [50_000, true],
  );
});

test("a long answer is whole", async t => {
  const lua = await open(t, { f: n => "x".repeat(n) });
  assert.deepEqual(
    await values(lua, "return #host.f(16000), #host.f(16384), #host.f(3000000)"),
    [16000, 16384, 3000000],
  );
});

test("several results", async t => {
  const lua = await open(t, { f: () => LuaPersistent.results(1, "b", undefined), none: () => LuaPersistent.results() });
  assert.deepEqual(await values(lua, 'return select("#", host.f()), select("#", host.none()), host.f()'), [
    3,
    0,
    1,
    "b",
    undefined,
  ]);
});

class Point {}
/** What cannot be converted, and what the error says. */
const UNCONVERTIBLE = [
  [{ a: { b: [1, new Date(0)] } }, "cannot pass a Date to Lua (result.a.b[1]): pass a number or a string, for example date.toISOString()"],
  [new Set(), "cannot pass a Set to Lua (result): pass an array, for example [...set]"],
  [[new Point()], "cannot pass an object of class Point to Lua (result[0]): pass a plain object, an array or a Map, for example { ...object }"],
  [{ f() {} }, "cannot pass a function to Lua (result.f): pass a function of the option host, or a LuaFunction"],
  [2n ** 64n, "cannot pass 18446744073709551616n, which has more than 64 bits to Lua (result): pass a string, for example String(value)"],
  ["\ud800", "cannot pass a string with half a surrogate pair to Lua (result): pass whole characters, for example value.toWellFormed(), or a Uint8Array of bytes"],
  [new Map([[NaN, 1]]), "cannot use NaN as a key in Lua (result[NaN])"],
  [{ ["a b"]: Symbol("s") }, "cannot pass a symbol to Lua (result['a b']): pass a string, for example symbol.description"],
]; // prettier-ignore
for (const [value, message] of UNCONVERTIBLE) {
  test(`${message.slice(0, 40)}: an error that names the path`, async t => {
    const lua = await open(t, { f: () => value });
    const error = await rejection(lua.run("host.f()"));
    assert.equal(error.message, `host.f: ${message}`);
    assert.ok(error.cause instanceof TypeError);
  });
}

test("an error is a table in Lua, without its stack", async t => {
  const lua = await open(t, {
    fail() {
      throw Object.assign(new RangeError("no such file"), { code: "ENOENT" });
    },
  });
  const code =
    "local ok, e = pcall(host.fail) local n = 0 for _ in pairs(e) do n = n + 1 end return ok, e.message, e.name, e.code, e.host, n, tostring(e)";
  assert.deepEqual(await values(lua, code), [false, "no such file", "RangeError", "ENOENT", "fail", 4, "host.fail: no such file"]); // prettier-ignore
});

test("an error that no script catches is the cause of the LuaError, with the line of the call", async t => {
  const thrown = Object.assign(new Error("boom"), { code: 7 });
  const lua = await open(t, {
    fail() {
      throw thrown;
    },
  });
  const error = await rejection(lua.run("local x\n\nhost.fail()"));
  assert.ok(error instanceof LuaError);
  assert.equal(error.cause, thrown);
  assert.equal(error.message, "host.fail: boom");
  assert.equal(error.line, 3);
  assert.equal(await rejection(lua.run("local ok, e = pcall(host.fail) error(e)")).then(e => e.cause), thrown);
  assert.throws(() => lua.eval("host.fail()"), { cause: thrown });
});

for (const thrown of ["text", 5, undefined, null, { message: "of an object" }, Symbol("s"), Object.create(null)]) {
  const shown =
    typeof thrown === "object" && thrown ? (thrown.message ?? "an object without anything") : String(thrown);
  test(`throwing ${shown} works`, async t => {
    const lua = await open(t, {
      fail() {
        throw thrown;
      },
    });
    const error = await rejection(lua.run("host.fail()"));
    assert.equal(error.cause, thrown ?? undefined);
    assert.match(error.message, /^host\.fail: /);
    assert.deepEqual(await values(lua, "return 1"), [1]);
  });
}

test("exposeError says what scripts are told", async t => {
  const told = [];
  const exposeError = (error, name) => {
    told.push([error.message, name]);
    return name === "a.b" ? { message: "hidden", name: "Hidden", code: 5 } : "nothing";
  };
  const fail = () => {
    throw new Error("secret");
  };
  const lua = await open(t, { a: { b: fail }, c: fail }, { exposeError });
  const code = `local _, e = pcall(host.a.b) local _, f = pcall(host.c) return e.message, e.name, e.code, f.message, f.code`;
  assert.deepEqual(await values(lua, code), ["hidden", "Hidden", 5, "nothing", undefined]);
  assert.deepEqual(told, [["secret", "a.b"], ["secret", "c"]]); // prettier-ignore
  const error = await rejection(lua.run("host.c()"));
  assert.equal(error.message, "host.c: nothing");
  assert.equal(error.cause.message, "secret");
});

test("exposeError that gives no message, or fails, hides the error", async t => {
  const results = [undefined, null, 5, {}, { message: 5 }];
  const exposeError = () => {
    if (results.length === 0) throw new Error("in exposeError");
    return results.shift();
  };
  const lua = await open(t, { fail: () => Promise.reject(new Error("secret")) }, { exposeError });
  const code = "local _, e = pcall(host.fail) return e.message";
  for (let left = results.length; left > 0; left--)
    assert.deepEqual(await values(lua, code), ["an error of which exposeError gave no message"]);
  assert.deepEqual(await values(lua, code), ["an error that cannot be read was thrown"]);
});

test("limits of calls have defaults", async t => {
  const lua = await open(t, { f() {}, long: n => "x".repeat(n), hang: () => new Promise(() => {}) });
  const told = async code => (await values(lua, `local _, e = pcall(function() ${code} end) return e.message`))[0];
  assert.equal(
    await told("for i = 1, 1000001 do host.f() end"),
    "callLimit is 1000000 calls of one run until it waits",
  );
  for (const call of ["host.f(('x'):rep(1 << 24))", "host.long(1 << 24)"])
    assert.match(await told(call), /^callBytesLimit is 16777216 bytes, and the \w+ have more$/);
  await lua.run("for i = 1, 10000 do host.spawn(host.hang) end");
  assert.equal(await told("host.hang()"), "waitingLimit is 10000 calls");
});

test("callLimit, callBytesLimit: errors that name them, and a LuaLimitError when nobody catches them", async t => {
  const lua = await open(t, { f: x => x, long: n => "x".repeat(n) }, { callLimit: 5, callBytesLimit: 2000 });
  const error = await rejection(lua.run("for i = 1, 10 do host.f(i) end"));
  assert.ok(error instanceof LuaLimitError);
  assert.equal(error.limit, "host");
  assert.equal(error.message, "host.f: callLimit is 5 calls of one run until it waits");
  assert.deepEqual(await values(lua, "for i = 1, 5 do host.f(i) end return 1"), [1]);
  assert.deepEqual(await values(lua, "return (select(2, pcall(host.f, ('x'):rep(3000)))).message"), [
    "callBytesLimit is 2000 bytes, and the arguments have more",
  ]);
  assert.deepEqual(await values(lua, "return (select(2, pcall(host.long, 3000))).message"), [
    "callBytesLimit is 2000 bytes, and the results have more",
  ]);
  assert.deepEqual(await values(lua, "return #host.long(1500)"), [1500]);
});

test("a function of the host goes both ways, as a LuaFunction in JavaScript", async t => {
  let got;
  const lua = await open(t, { f: (...args) => ((got = args), args[0]), add: (a, b) => a + b });
  assert.deepEqual(await values(lua, "return host.f(host.add) == host.add"), [true]);
  assert.ok(got[0] instanceof LuaFunction);
  assert.deepEqual(await got[0].call(1, 2), [3]);
  const { add } = { add: (a, b) => a - b };
  const other = await open(t, { add, give: () => add });
  assert.deepEqual(await values(other, "return host.give() == host.add"), [true]);
});

test("calling Lua while Lua runs is an error that says so", async t => {
  const lua = await open(t, { eval: code => lua.eval(code), set: () => lua.set("x", 1) });
  const says = /while Lua is running: wait until the call that runs it has returned$/;
  assert.match((await rejection(lua.run("host.eval('return 1')"))).message, says);
  assert.match((await rejection(lua.run("host.set()"))).message, says);
});

test("a function can use the tables of the LuaPersistent that calls it", async t => {
  const lua = await open(t, {
    count: () => lua.table("Memory").set("n", (lua.table("Memory").get("n") ?? 0) + 1).size,
  });
  assert.deepEqual(await values(lua, "host.count() host.count() return Memory.n"), [2]);
});

test("finalizers can call functions", async t => {
  const seen = [];
  const lua = await open(t, { note: x => void seen.push(x) });
  await lua.run("setmetatable({}, {__gc = function() host.note('gc') end}) collectgarbage()");
  assert.deepEqual(seen, ["gc"]);
});

test("openImage has the functions that it is given, not those of before", async t => {
  const before = await open(t, { a: () => 1, both: () => 2 });
  await before.run("a, both = host.a, host.both");
  const image = await before.saveImage();
  const lua = await LuaPersistent.openImage(image, { host: { both: () => 3, c: () => 4 } });
  t.after(() => lua.close());
  assert.deepEqual(await values(lua, "return both(), host.both(), host.c(), host.both == both"), [3, 3, 4, true]);
  assert.match((await rejection(lua.run("return host.a"))).message, /the host has no 'host\.a'$/);
  assert.equal((await rejection(lua.run("a()"))).message, "host.a: the host has no such function any more");
});
