// The services of section 7, byte for byte: what is asked when, and what is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./client.mjs";
import { counting, storeHost } from "./hosts.mjs";
import { SERVICES, serviced } from "./serviced.mjs";
import { value } from "./wire.mjs";

const u32 = n => Buffer.from(Uint32Array.of(n).buffer);
const float = n => Buffer.from(Float64Array.of(n).buffer);
const NIL = Buffer.of(0);
const table = (...pairs) => Buffer.concat([Buffer.of(8), u32(pairs.length / 2), ...pairs]);
const seen = n => Buffer.concat([Buffer.of(9), u32(n)]);
const opaque = text => Buffer.concat([Buffer.of(10), u32(text.length), Buffer.from(text)]);
const message = (...values) => Buffer.concat([u32(values.length), ...values]);

/** What was sent to `service` while `source` ran, and the answer of the eval. */
function sentBy(lua, service, source) {
  lua.host.sent.length = 0;
  const answer = lua.eval(source);
  return { answer, sent: lua.host.sent.filter(([name]) => name === service).map(([, bytes]) => bytes) };
}

test("a plain host is asked for its services once, by init, and for nothing else", () => {
  const lua = open(counting(storeHost()));
  lua.run(
    "print(os.time(), os.clock(), os.date(), math.random()) io.flush() for i = 1, 1e6 do end return 1, {}, Memory",
  );
  lua.eval("error({})");
  lua.exports.run_gc();
  assert.deepEqual(
    lua.host.log.filter(([, id]) => id === SERVICES),
    [["get", SERVICES, "services"]],
  );
});

test("a service that is not offered is not used", () => {
  const lua = serviced({ clock: float(5) });
  lua.run("print(os.date(), math.random()) io.flush() return 1");
  lua.eval('error("x")');
  lua.exports.run_gc();
  assert.deepEqual(lua.host.sent, []);
});

test("names of services that are not known are passed over", () => {
  assert.equal(serviced({ clocks: "", later: "", clock: float(7) }).run("return os.time()"), "7");
});

test("os.time is the clock, os.clock the seconds since init", () => {
  let now = 1_700_000_000.25;
  const lua = serviced({ clock: () => float(now) });
  now += 1.5;
  assert.equal(lua.run('return os.time(), os.clock(), os.date("!%F %T")'), "1700000001\t1.5\t2023-11-14 22:13:21");
  now += 100;
  assert.equal(lua.run("return os.clock()"), "101.5");
});

const RESULTS = {
  "local x": [],
  "return nil": [NIL],
  'return true, false, 7, 7.0, "text"': [value(true), value(false), value(7n), value(7), value("text")],
  "1 + 1": [value(2n)],
  "return Memory, ext.table()": [value({ table: 1 }), value({ table: 2 })],
  "return {}, {}": [table(), table()],
  'local t = { "x" } return t, t': [table(value(1n), value("x")), seen(0)],
  "local t = {} t[1] = t return t": [table(value(1n), seen(0))],
  "return { { {} } }": [table(value(1n), table(value(1n), table()))],
  "local t = {} return { t, { t } }": [table(value(1n), table(), value(2n), table(value(1n), seen(1)))],
  "local k = {} return { [k] = k }": [table(table(), seen(1))],
  "return setmetatable({ 5 }, { __index = error, __pairs = error })": [table(value(1n), value(5n))],
  "return { Memory }": [table(value(1n), value({ table: 1 }))],
  'function F() end debug.setmetatable(F, { __tostring = function() return "a function" end }) return F, { F }': [
    opaque("a function"),
    table(value(1n), opaque("a function")),
  ],
  'return ""': [value("")],
  'return "\\0\\255"': [value(Uint8Array.of(0, 255))],
};

for (const [source, values] of Object.entries(RESULTS)) {
  test(`the results have the bytes of the contract: ${source}`, () => {
    assert.deepEqual(sentBy(serviced({ results: "" }), "results", source).sent, [message(...values)]);
  });
}

test("coroutines, C functions and files are sent as tostring shows them", () => {
  const lua = serviced({ results: "" });
  const {
    sent: [bytes],
  } = sentBy(lua, "results", "co = coroutine.create(print) return co, print, io.stdout");
  const shown = sentBy(lua, "results", "return tostring(co), tostring(print), tostring(io.stdout)").sent[0];
  assert.equal(
    bytes.toString("latin1").replaceAll("\n", ""),
    shown.toString("latin1").replaceAll("\x04", "").replaceAll("\n", ""),
  );
});

test("a failed eval sends no results, a good one no error", () => {
  const lua = serviced({ results: "", error: "" });
  assert.deepEqual(sentBy(lua, "results", 'error("x")').sent, []);
  assert.deepEqual(sentBy(lua, "error", "return 1").sent, []);
});

/** The parts of an error's message before the value: [message, traceback begins, line], and the bytes of the value. */
function partsOf(bytes) {
  const texts = [];
  let at = 0;
  for (let i = 0; i < 2; i++) {
    assert.equal(bytes[at], 4, "a string");
    const length = bytes.readUInt32LE(at + 1);
    texts.push(bytes.toString("latin1", at + 5, at + 5 + length));
    at += 5 + length;
  }
  assert.equal(bytes[at], 2, "an integer");
  return { message: texts[0], traceback: texts[1], line: bytes.readBigInt64LE(at + 1), value: bytes.subarray(at + 9) };
}

const ERRORS = {
  '\nerror("x")': ["eval:2: x", 2n, value("eval:2: x")],
  'error("x", 0)': ["x", -1n, value("x")],
  "error({ code = 7 })": [/^\(error object is a table value\)$|^table: /, -1n, table(value("code"), value(7n))],
  'error(setmetatable({}, { __tostring = function() return "eval:9: shown" end }))': ["eval:9: shown", 9n, table()],
  "error(nil)": ["nil", -1n, NIL],
  "error(12)": ["12", -1n, value(12n)],
  "error(Memory)": [/^table: /, -1n, value({ table: 1 })],
  "local x = nil + 1": [
    "eval:1: attempt to perform arithmetic on a nil value",
    1n,
    value("eval:1: attempt to perform arithmetic on a nil value"),
  ],
};

for (const [source, [text, line, bytes]] of Object.entries(ERRORS)) {
  test(`the error has its message, traceback, line and value: ${JSON.stringify(source)}`, () => {
    const { sent, answer } = sentBy(serviced({ error: "" }), "error", source);
    assert.equal(sent.length, 1);
    const parts = partsOf(sent[0]);
    assert.ok(text instanceof RegExp ? text.test(parts.message) : text === parts.message, parts.message);
    assert.match(parts.traceback, /^stack traceback:\n/);
    assert.deepEqual([parts.line, parts.value], [line, Buffer.from(bytes)]);
    assert.equal(answer.text, `${parts.message}\n${parts.traceback}`);
  });
}

test("a syntax error has an empty traceback", () => {
  const parts = partsOf(sentBy(serviced({ error: "" }), "error", "\nx =").sent[0]);
  assert.deepEqual([parts.message, parts.traceback, parts.line], ["eval:2: unexpected symbol near <eof>", "", 2n]);
});

test("output goes out at 4 KiB, at flush, and at the end, in order; the buffer has results only", () => {
  const lua = serviced({ stdout: "" });
  const during = source => sentBy(lua, "stdout", source);
  assert.deepEqual(during('print("a") io.write("b") return 1').sent.map(String), ["a\nb"]);
  assert.equal(during('print("a") return 1').answer.text, "1");
  assert.deepEqual(during('io.write("a") io.flush() io.write("b") io.stdout:flush() io.write("c")').sent.map(String), [
    "a",
    "b",
    "c",
  ]);
  const { sent } = during('for i = 1, 10000 do io.write(i, "\\n") end');
  assert.ok(sent.every(bytes => bytes.length <= 4096) && sent.length < 15, `${sent.map(bytes => bytes.length)}`);
  assert.equal(Buffer.concat(sent).toString(), Array.from({ length: 10000 }, (_, i) => `${i + 1}\n`).join(""));
});

test("output goes out before an error returns", () => {
  const lua = serviced({ stdout: "", error: "" });
  lua.eval('io.write("seen") error("x")');
  assert.deepEqual(
    lua.host.sent.map(([name]) => name),
    ["stdout", "error"],
  );
  assert.equal(String(lua.host.sent[0][1]), "seen");
});

test("the configuration is read once, by init", () => {
  let read = 0;
  const lua = serviced({ config: () => ((read += 1), "instruction_limit=100000\nmemory_limit=3000000") });
  for (let i = 0; i < 3; i++) {
    assert.match(lua.fail("while true do end"), /instruction limit exceeded/);
    assert.match(lua.fail('x = ("x"):rep(4000000)'), /not enough memory/);
  }
  assert.equal(read, 1);
});
