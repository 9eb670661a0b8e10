// Strings: patterns, format, pack and utf8 against what JavaScript computes.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { open, quote } from "./client.mjs";
import { latin1 } from "./hosts.mjs";
import { Random } from "./random.mjs";

let lua;
before(() => {
  lua = open();
});

const HEX = 'function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end';
const bytesToHex = bytes => Buffer.from(bytes).toString("hex");

test("string.pack writes integers as DataView does, in both byte orders and every size", () => {
  lua.run(HEX);
  const random = new Random(5);
  const cases = [];
  for (let i = 0; i < 40; i++) {
    for (let size = 1; size <= 8; size++) {
      const value = BigInt.asIntN(size * 8, random.u64());
      const view = new DataView(new ArrayBuffer(8));
      view.setBigInt64(0, value, true);
      const little = Buffer.from(view.buffer).subarray(0, size);
      const big = Buffer.from(little).reverse();
      const source = value === -(2n ** 63n) ? "math.mininteger" : `(${value})`;
      cases.push(
        [`hex(string.pack("<i${size}", ${source}))`, bytesToHex(little)],
        [`hex(string.pack(">i${size}", ${source}))`, bytesToHex(big)],
      );
      cases.push(
        [`(string.unpack("<i${size}", ${quote(little)}))`, String(value)],
        [`(string.unpack(">i${size}", ${quote(big)}))`, String(value)],
      );
      cases.push([
        `(string.unpack("<I${size}", ${quote(little)}))`,
        String(BigInt.asIntN(64, BigInt.asUintN(size * 8, value))),
      ]);
    }
  }
  lua.compare(cases);
});

test("string.pack writes floats and doubles as DataView does", () => {
  lua.run(HEX);
  const random = new Random(6);
  const cases = [];
  for (let i = 0; i < 150; i++) {
    const value = random.chance(0.5) ? random.double() : random.below(10000) / 16;
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    const bytes = Buffer.from(view.buffer);
    cases.push(
      [`hex(string.pack("<d", ${value.toExponential()}))`, bytesToHex(bytes)],
      [`hex(string.pack(">n", ${value.toExponential()}))`, bytesToHex(Buffer.from(bytes).reverse())],
    );
    const single = Math.fround(value);
    if (!Number.isFinite(single)) continue;
    view.setFloat32(0, single, true);
    cases.push([
      `hex(string.pack("<f", ${value.toExponential()}))`,
      bytesToHex(Buffer.from(view.buffer).subarray(0, 4)),
    ]);
    cases.push([
      `(string.unpack("<f", ${quote(Buffer.from(view.buffer).subarray(0, 4))})) == ${single.toExponential()}`,
      "true",
    ]);
  }
  lua.compare(cases);
});

test("string.pack of strings, padding and alignment follows the manual", () => {
  lua.run(HEX);
  lua.compare([
    ['hex(string.pack("z", "ab"))', "616200"],
    ['hex(string.pack("<s2", "ab"))', "02006162"],
    ['hex(string.pack("c5", "ab"))', "6162000000"],
    ['hex(string.pack("<i1!4i4", 1, 2))', "0100000002000000"],
    ['hex(string.pack("<!4 i1 Xi4 i1", 1, 2))', "0100000002"],
    ['string.packsize("<i4i8!8d")', "24"],
    ['string.packsize("!8 i1 i8")', "16"],
    ['hex(string.pack("bxB", -1, 255))', "ff00ff"],
    ['select("#", string.unpack("z s1", "ab\\0\\1x"))', "3"],
    ['(string.unpack("z", "abc\\0def", 2))', "bc"],
    ['string.packsize("j")', "8"],
    ['string.packsize("T")', "4"],
    ['string.packsize("i")', "4"],
    ['string.packsize("l")', "4"],
    ['hex(string.pack("<i16", -2))', "feffffffffffffffffffffffffffffff"],
    ['(string.unpack("<i16", string.pack("<i16", math.mininteger)))', "-9223372036854775808"],
  ]);
  assert.match(lua.fail('string.pack("i1", 128)'), /integer overflow/);
  assert.match(lua.fail('string.pack("i17", 1)'), /integral size \(17\) out of limits/);
  assert.match(lua.fail('string.pack("z", "a\\0b")'), /string contains zeros/);
  assert.match(lua.fail('string.unpack("<i4", "abc")'), /data string too short/);
  assert.match(lua.fail('string.unpack("<I16", ("\\255"):rep(16))'), /16-byte integer does not fit/);
});

const CODE_POINTS = [0, 1, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff];

test("utf8.char and codepoint agree with TextEncoder", () => {
  lua.run(HEX);
  const random = new Random(8);
  const points = [
    ...CODE_POINTS,
    ...Array.from({ length: 300 }, () => random.below(0x110000)).filter(point => point < 0xd800 || point > 0xdfff),
  ];
  lua.compare(
    points.flatMap(point => {
      const bytes = new TextEncoder().encode(String.fromCodePoint(point));
      return [
        [`hex(utf8.char(${point}))`, bytesToHex(bytes)],
        [`utf8.codepoint(${quote(bytes)})`, String(point)],
        [`utf8.len(${quote(bytes)})`, "1"],
        [`"\\u{${point.toString(16)}}" == ${quote(bytes)}`, "true"],
      ];
    }),
  );
});

test("utf8.codes, len and offset walk a text as JavaScript does", () => {
  const text = "aé€😀z\u{10ffff}\u{800}";
  const bytes = Buffer.from(text);
  const points = [...text];
  let at = 1;
  const positions = points.map(point => {
    const start = at;
    at += Buffer.byteLength(point);
    return start;
  });
  lua.run(`s = ${quote(bytes)}`);
  assert.equal(
    lua.run('local o = {} for p, c in utf8.codes(s) do o[#o + 1] = p .. ":" .. c end return table.concat(o, " ")'),
    points.map((point, i) => `${positions[i]}:${point.codePointAt(0)}`).join(" "),
  );
  assert.equal(lua.run("return utf8.len(s)"), String(points.length));
  lua.compare(positions.map((position, i) => [`utf8.offset(s, ${i + 1})`, String(position)]));
  lua.compare(positions.map((position, i) => [`utf8.offset(s, ${i - points.length})`, String(position)]));
  assert.equal(
    lua.run("local n = 0 for _ in s:gmatch(utf8.charpattern) do n = n + 1 end return n"),
    String(points.length),
  );
});

test("utf8 accepts exactly what TextDecoder accepts", () => {
  const random = new Random(9);
  const samples = [
    "80",
    "c0 80",
    "c1 bf",
    "c2",
    "c2 80",
    "e0 80 80",
    "e0 a0 80",
    "ed a0 80",
    "ed bf bf",
    "ee 80 80",
    "f0 80 80 80",
    "f0 90 80 80",
    "f4 8f bf bf",
    "f4 90 80 80",
    "f5 80 80 80",
    "ff",
    "fe",
    "61 e2 82",
    "e2 82 61",
  ].map(text => Buffer.from(text.replaceAll(" ", ""), "hex"));
  for (let i = 0; i < 400; i++)
    samples.push(
      Buffer.from(
        Array.from({ length: random.below(5) + 1 }, () =>
          random.pick([0x61, 0x80, 0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xa0, 0x9f, 0x90]),
        ),
      ),
    );
  const valid = bytes => {
    try {
      return String([...new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)].length);
    } catch {
      return "nil";
    }
  };
  lua.compare(samples.map(bytes => [`utf8.len(${quote(bytes)})`, valid(bytes)]));
  lua.compare([
    ['utf8.len("\\u{7fffffff}", 1, -1, true)', "1"],
    ['utf8.len("\\xed\\xa0\\x80", 1, -1, true)', "1"],
  ]);
});

test("string.format of strings and flags gives what C gives", () => {
  lua.compare([
    ['("%5s|%-5s|%.2s|%5.1s"):format("abc", "abc", "abc", "abc")', "  abc|abc  |ab|    a"],
    ['("%5d|%-5d|%05d|%+d|% d"):format(42, 42, 42, 42, 42)', "   42|42   |00042|+42| 42"],
    ['("%#x|%#o|%#X"):format(255, 8, 255)', "0xff|010|0XFF"],
    ['("%.3d|%8.3d|%-8.3d|"):format(5, 5, -5)', "005|     005|-005    |"],
    ['("%c%c%c"):format(76, 117, 97)', "Lua"],
    ['("%%"):format()', "%"],
    ['("%i"):format(3.0)', "3"],
    ['("%s %s"):format(1, 1.0)', "1 1.0"],
    ['("%10.3f|%-10.2e|%G"):format(3.14159, 31415.9, 1e-10)', "     3.142|3.14e+04  |1E-10"],
    ['("%#.0f|%#g"):format(1, 1)', "1.|1.00000"],
    ['("%q"):format("a\\n\\"\\\\b\\0001\\r")', '"a\\\n\\"\\\\b\\0001\\13"'],
    ['("%q"):format(1/3)', "0x1.5555555555555p-2"],
    ['("%q"):format(math.mininteger)', "0x8000000000000000"],
    ['("%q"):format(1/0)', "1e9999"],
    ['("%-20s|"):format("x")', `x${" ".repeat(19)}|`],
    ['("%99d"):format(1)', `${" ".repeat(98)}1`],
    ['#("%99.99f"):format(1e308)', "409"],
    ['("%s"):format(("x"):rep(1000)) == ("x"):rep(1000)', "true"],
    ['("%s"):format(nil)', "nil"],
    ['("%s"):format(true)', "true"],
    ['("%p"):format(1)', "(null)"],
    ['("%p"):format({}):match("^0x%x+$") ~= nil', "true"],
    ['("%x"):format(-1)', "ffffffffffffffff"],
  ]);
  for (const bad of [
    '"%y"',
    '"%"',
    '"%100d"',
    '"%.100f"',
    '"%0123456d"',
    '"%d"',
    '"%d", "x"',
    '"%d", 1.5',
    '"%c"',
    '"%10q", "x"',
    '"%#s", "x"',
  ])
    assert.equal(lua.eval(`return string.format(${bad})`).ok, false, bad);
});

test("%q of random strings reads back as the same string", () => {
  const random = new Random(10);
  for (let i = 0; i < 50; i++) {
    const source = quote(random.bytes(random.below(60)));
    assert.equal(lua.run(`local s = ${source} return load("return " .. string.format("%q", s))() == s`), "true");
  }
});

test("escapes in string literals give the bytes of the manual", () => {
  lua.compare([
    ['#"\\0\\x41\\u{41}\\65\\z   \n  B"', "5"],
    ['"\\x41\\65\\u{20AC}" == "AA\\xe2\\x82\\xac"', "true"],
    ["#[==[\n]]\n]==]", "3"],
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\"\\\'" == string.char(7, 8, 12, 10, 13, 9, 11, 92, 34, 39)', "true"],
  ]);
});

test("patterns find, match and replace as the manual says", () => {
  lua.compare([
    ['("hello world"):find("o w")', "5"],
    ['select(2, ("hello"):find("l+"))', "4"],
    ['("a.b"):find(".", 1, true)', "2"],
    ['("key = value"):match("^(%w+)%s*=%s*(%w+)$")', "key"],
    ['("abc"):gsub("%w", "%0%0")', "aabbcc"],
    ['("hello"):gsub("", "-")', "-h-e-l-l-o-"],
    ['("abc"):gsub(".", {a = 1, b = false})', "1bc"],
    ['("THE (quick) fox"):find("%((%a+)%)")', "5"],
    ['("f(a(b)c)d"):match("%b()")', "(a(b)c)"],
    ['("THE fox"):gsub("%f[%a]%a+", string.lower)', "the fox"],
    ['("x"):rep(3, ",")', "x,x,x"],
    ['("abc"):sub(-2)', "bc"],
    ['("abc"):sub(2, 10)', "bc"],
    ['("abc"):byte(-1)', "99"],
    ['("abc"):reverse()', "cba"],
    ['("aBc"):upper() .. ("aBc"):lower()', "ABCabc"],
    ['#("x"):rep(0)', "0"],
    ['("  trim  "):match("^%s*(.-)%s*$")', "trim"],
    ['("2024-05-06"):gsub("(%d+)-(%d+)-(%d+)", "%3.%2.%1")', "06.05.2024"],
    ['("abc"):find("b", -1)', "nil"],
    ['("abc"):find("")', "1"],
    ['("abc"):find("", 10)', "nil"],
    ['("a\\0b"):find("%z")', "2"],
    ['("abc"):match("()b()")', "2"],
    ['("äö"):len()', "4"],
    ['("abc" < "abd") and ("a" < "aa") and ("Z" < "a") and ("" < "a")', "true"],
    ['"a\\0b" < "a\\0c"', "true"],
  ]);
  for (const bad of [
    '("x"):find("[")',
    '("x"):find("%")',
    '("x"):find("(")',
    '("x"):match(")")',
    '("x"):gsub("x", {x = true})',
    '("x"):gsub("x", "%2")',
    '("x"):find("%b")',
    '("x"):find("%f")',
    '("x"):gsub("x", function() return {} end)',
  ])
    assert.equal(lua.eval(`return ${bad}`).ok, false, bad);
});

test("character classes are those of C, for all 256 bytes", () => {
  const classes = {
    a: /[A-Za-z]/,
    d: /[0-9]/,
    l: /[a-z]/,
    u: /[A-Z]/,
    s: /[ \t-\r]/,
    w: /[A-Za-z0-9]/,
    x: /[0-9A-Fa-f]/,
    p: /[!-/:-@[-`{-~]/,
    c: /[\0-\x1f\x7f]/,
    g: /[!-~]/,
  };
  for (const [name, expression] of Object.entries(classes)) {
    const expected = Array.from({ length: 256 }, (_, byte) => Number(expression.test(String.fromCharCode(byte)))).join(
      "",
    );
    assert.equal(
      lua.run(
        `local o = {} for b = 0, 255 do o[#o + 1] = string.char(b):find("%${name}") and 1 or 0 end return table.concat(o)`,
      ),
      expected,
      name,
    );
    assert.equal(
      lua.run(
        `local o = {} for b = 0, 255 do o[#o + 1] = string.char(b):find("[^%${name.toUpperCase()}]") and 1 or 0 end return table.concat(o)`,
      ),
      expected,
      name,
    );
  }
});

test("long strings and many concatenations keep every byte", () => {
  const random = new Random(12);
  const bytes = random.bytes(5000);
  lua.run(`s = ${quote(bytes)}`);
  assert.equal(latin1(lua.eval("return s:sub(1, 2500) .. s:sub(2501)").bytes), latin1(bytes));
  assert.equal(lua.run("local t = {} for i = 1, #s do t[i] = s:sub(i, i) end return table.concat(t) == s"), "true");
  assert.equal(lua.run('local r = "" for i = 1, #s do r = r .. s:sub(i, i) end return r == s'), "true");
});
