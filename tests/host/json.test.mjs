// host.json: encode, decode, null, object.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, rejection, values } from "./opened.mjs";

/** Lua's value, and its JSON. */
const ENCODED = {
  "1, 2": "1",
  2.5: "2.5",
  "3.0": "3",
  "1 << 62": "4611686018427387904",
  "{9007199254740993, -9007199254740993}": "[9007199254740993,-9007199254740993]",
  true: "true",
  '"grüße \\"x\\" \\n"': '"grüße \\"x\\" \\n"',
  "{}": "[]",
  "{1, 2, 3}": "[1,2,3]",
  "{a = 1}": '{"a":1}',
  "{a = {b = {}}}": '{"a":{"b":[]}}',
  "host.json.null": "null",
  "{1, host.json.null}": "[1,null]",
  "{a = host.json.null}": '{"a":null}',
  "host.json.object": "{}",
  "{a = host.json.object}": '{"a":{}}',
  "{1, nil, 3}": "[1,null,3]",
  "{[10] = 1}": '{"10":1}',
  "{[1] = 1, a = 2}": '{"1":1,"a":2}',
  '{["integer 0.5 5"] = "integer 0.5 5"}': '{"integer 0.5 5":"integer 0.5 5"}',
};
for (const [source, json] of Object.entries(ENCODED)) {
  test(`encode(${source}) is ${json}`, async t => {
    const lua = await open(t);
    assert.deepEqual(await values(lua, `return host.json.encode(${source})`), [json]);
  });
}

test("encode shows external tables", async t => {
  const lua = await open(t);
  assert.deepEqual(await values(lua, "Memory.t = {1, {a = 'b'}} return host.json.encode(Memory.t)"), ['[1,{"a":"b"}]']);
});

test("encode takes an indentation", async t => {
  const lua = await open(t);
  assert.deepEqual(await values(lua, "return host.json.encode({1, {}}, 2)"), ["[\n  1,\n  []\n]"]);
});

const REFUSED = {
  nil: "it takes a value, not nil: host.json.null stands for null",
  print: "JSON has no value for a function",
  "{a = {f = print}}": "JSON has no value for a function (field 'f')",
  "{c = coroutine.create(print)}": "JSON has no value for a thread (field 'c')",
  "{x = 0/0}": "JSON has no NaN (field 'x')",
  "math.huge": "JSON has no Infinity",
  '{s = "\\255"}': "JSON has no value for a string that is not UTF-8 (field 's')",
  "(function() local t = {} t.t = t return t end)()": "a table contains itself",
  "(function() local t = {} for i = 1, 1e5 do t = {t} end return t end)()": "the tables are too deep in each other",
};
for (const [source, message] of Object.entries(REFUSED)) {
  test(`encode(${source.slice(0, 40)}) is an error`, async t => {
    const lua = await open(t);
    assert.equal((await rejection(lua.run(`host.json.encode(${source})`))).message, `host.json.encode: ${message}`);
  });
}

test("decode gives tables, null as host.json.null, and integers as such", async t => {
  const lua = await open(t);
  const code = `local v = host.json.decode('{"a":[1,null,2.5,{}],"b":"ü","c":true,"d":1e2,"e":1e300}')
    return v.a[2] == host.json.null, #v.a, math.type(v.a[1]), v.a[3], next(v.a[4]), v.b, v.c, math.type(v.d), v.e`;
  assert.deepEqual(await values(lua, code), [true, 4, "integer", 2.5, undefined, "ü", true, "integer", 1e300]);
  assert.deepEqual(await values(lua, "return host.json.decode('null') == host.json.null, host.json.decode('5')"), [
    true,
    5,
  ]);
});

test("what has been decoded is encoded as it was, but for empty objects", async t => {
  const lua = await open(t);
  const json = '{"a":[1,null,[],[[]],{"b":null}],"c":"x","d":[null]}';
  const [text] = await values(lua, "return host.json.encode(host.json.decode(...))", { args: [json] });
  assert.deepEqual(JSON.parse(text), JSON.parse(json));
});

test("names of prototypes are fields like any other", async t => {
  const lua = await open(t);
  const json = '{"__proto__":{"x":1},"constructor":2}';
  assert.deepEqual(
    await values(lua, "local v = host.json.decode(...) return v.__proto__.x, v.constructor, v.x", { args: [json] }),
    [1, 2, undefined],
  );
  assert.deepEqual(await values(lua, "return host.json.encode(host.json.decode(...))", { args: ['{"__proto__":1}'] }), [
    '{"__proto__":1}',
  ]);
});

test("decode of what is no JSON is an error", async t => {
  const lua = await open(t);
  assert.match((await rejection(lua.run("host.json.decode('{')"))).message, /^host\.json\.decode: .*JSON/);
  assert.equal(
    (await rejection(lua.run("host.json.decode({})"))).message,
    "host.json.decode: it takes text, not a table",
  );
  assert.equal((await rejection(lua.run("host.json.decode()"))).message, "host.json.decode: it takes text, not nil");
});

test("host.json.null is null for functions of the host and in results, and no function to call", async t => {
  let got;
  const lua = await open(t, { f: value => void (got = value) });
  await lua.run("host.f({a = host.json.null})");
  assert.deepEqual(got, { a: null });
  assert.deepEqual(await values(lua, "return host.json.null, {host.json.null}"), [null, [null]]);
  assert.match((await rejection(lua.run("host.json.null()"))).message, /it stands for a value, and cannot be called$/);
});

test("eval can use it", async t => {
  const lua = await open(t);
  assert.equal(lua.eval("return host.json.encode({1})"), "[1]");
});
