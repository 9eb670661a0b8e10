// Numbers: formatting, parsing and arithmetic against JavaScript's doubles and BigInts.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { open } from "./client.mjs";
import { Random } from "./random.mjs";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const wrap64 = value => BigInt.asIntN(64, value);
const integerSource = value => (value === MIN ? "math.mininteger" : `(${value})`);
const floatSource = value => `(${value.toExponential()})`;
const HARD_INTEGERS = [
  0n,
  1n,
  -1n,
  2n,
  -2n,
  3n,
  7n,
  10n,
  -10n,
  2n ** 31n,
  2n ** 32n,
  2n ** 52n,
  2n ** 53n,
  2n ** 62n,
  -(2n ** 62n),
  MAX,
  MAX - 1n,
  MIN,
  MIN + 1n,
];
const HARD_DOUBLES = [
  1,
  1.5,
  0.1,
  0.2,
  0.3,
  1 / 3,
  123456789.123,
  1e15,
  1e16,
  1e21,
  1e22,
  1e23,
  1e100,
  1e-7,
  5e-324,
  2.2250738585072014e-308,
  2.225073858507201e-308,
  1.7976931348623157e308,
  // eslint-disable-next-line no-loss-of-precision -- between two doubles
  9007199254740993,
  9007199254740991,
  // eslint-disable-next-line no-loss-of-precision -- the same
  4503599627370496.5,
  0.1 + 0.2,
  100,
  1e-5,
  0.0001,
  123456,
  99999.95,
  9.5,
  2.5,
  0.5,
];

let lua;
before(() => {
  lua = open();
});

function doubles(count) {
  const random = new Random(1);
  return [
    ...HARD_DOUBLES,
    ...HARD_DOUBLES.map(value => -value),
    ...Array.from({ length: count }, () => random.double()),
  ];
}

function pairs(count) {
  const random = new Random(2);
  const hard = HARD_INTEGERS.flatMap(a => HARD_INTEGERS.map(b => [a, b]));
  return [...hard, ...Array.from({ length: count }, () => [random.integer(), random.integer()])];
}

/** |value| as an exact fraction. */
function fraction(value) {
  const bits = BigInt.asUintN(64, new BigInt64Array(Float64Array.of(value).buffer)[0]);
  const exponent = (bits >> 52n) & 0x7ffn;
  const mantissa = (bits & (2n ** 52n - 1n)) | (exponent > 0n ? 2n ** 52n : 0n);
  const scale = (exponent > 0n ? exponent : 1n) - 1075n;
  return scale >= 0n ? [mantissa << scale, 1n] : [mantissa, 1n << -scale];
}

/** The integer nearest to |value| * 10^places, halves to even. */
function scaled(value, places) {
  let [above, below] = fraction(value);
  if (places >= 0) above *= 10n ** BigInt(places);
  else below *= 10n ** BigInt(-places);
  const [quotient, twice] = [above / below, 2n * (above % below)];
  return twice > below || (twice === below && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

const sign = value => (value < 0 || Object.is(value, -0) ? "-" : "");
const withPoint = (digits, places) => (places > 0 ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits);

/** What %.<precision>f prints. */
function fixed(value, precision) {
  return sign(value) + withPoint(String(scaled(value, precision)).padStart(precision + 1, "0"), precision);
}

/** The digits and the decimal exponent of what %.<precision>e prints. */
function scientific(value, precision) {
  let exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value))) - 1;
  let digits = String(scaled(value, precision - exponent));
  // Too many digits at first; one more than wanted where rounding carries.
  while (digits.length > precision + 1) digits = String(scaled(value, precision - ++exponent));
  return [digits.padStart(precision + 1, "0"), exponent];
}

function exponential(value, precision) {
  const [digits, exponent] = scientific(value, precision);
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign(value)}${withPoint(digits, precision)}e${exponent < 0 ? "-" : "+"}${size}`;
}

/** What %.<precision>g prints. */
function general(value, precision) {
  const [, exponent] = scientific(value, precision - 1);
  if (exponent < -4 || exponent >= precision)
    return exponential(value, precision - 1)
      .replace(/(\.\d*?)0+e/, "$1e")
      .replace(".e", "e");
  const text = fixed(value, precision - 1 - exponent);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

test("the shortest decimal form of a double reads as that double", () => {
  lua.compare(
    doubles(1500).map(value => {
      const bits = new BigInt64Array(Float64Array.of(value).buffer)[0];
      return [
        `string.pack("<d", tonumber("${value.toExponential()}")) == string.pack("<i8", ${integerSource(bits)})`,
        "true",
      ];
    }),
  );
});

test("%.17g prints digits that read as the same double in JavaScript", () => {
  const values = doubles(1500);
  const results = lua.evaluate(values.map(value => `string.format("%.17g", ${floatSource(value)})`));
  values.forEach((value, at) => assert.equal(Number(results[at]), value));
});

for (const precision of [1, 3, 6, 14, 17]) {
  test(`%.${precision}g prints what exact decimal arithmetic gives`, () => {
    lua.compare(
      doubles(300).map(value => [`string.format("%.${precision}g", ${floatSource(value)})`, general(value, precision)]),
    );
  });
}

test("tostring of floats is %.14g, with .0 where it looks like an integer", () => {
  lua.compare(
    doubles(800).map(value => {
      const text = general(value, 14);
      return [`tostring(${floatSource(value)})`, /^-?\d+$/.test(text) ? `${text}.0` : text];
    }),
  );
});

test("%e prints what exact decimal arithmetic gives", () => {
  lua.compare(
    doubles(200).flatMap(value =>
      [0, 1, 6, 15, 30, 60, 99].map(precision => [
        `string.format("%.${precision}e", ${floatSource(value)})`,
        exponential(value, precision),
      ]),
    ),
  );
});

test("%f prints what exact decimal arithmetic gives, whatever the size", () => {
  lua.compare(
    doubles(150).flatMap(value =>
      [0, 1, 2, 6, 20, 99].map(precision => [
        `string.format("%.${precision}f", ${floatSource(value)})`,
        fixed(value, precision),
      ]),
    ),
  );
});

test("halves round to even in %.0f", () => {
  lua.compare(
    [
      ["0.5", "0"],
      ["1.5", "2"],
      ["2.5", "2"],
      ["-0.5", "-0"],
      ["3.5", "4"],
      ["4503599627370495.5", "4503599627370496"],
    ].map(([value, text]) => [`string.format("%.0f", ${value})`, text]),
  );
});

test("%a prints the exact bits, and reads back", () => {
  const values = doubles(300);
  lua.compare(
    values.map(value => [`tonumber(string.format("%a", ${floatSource(value)})) == ${floatSource(value)}`, "true"]),
  );
  lua.compare([
    ['string.format("%a", 1)', "0x1p+0"],
    ['string.format("%a", 0.1)', "0x1.999999999999ap-4"],
    ['string.format("%A", 255.5)', "0X1.FFP+7"],
    ['string.format("%a", 0.0)', "0x0p+0"],
  ]);
});

test("special floats print and compare as in C", () => {
  lua.compare([
    ["1/0", "inf"],
    ["-1/0", "-inf"],
    ["-0.0", "-0.0"],
    ["0.0", "0.0"],
    ['string.format("%5.1f|%-8g|%+g", 1/0, -1/0, 0.0)', "  inf|-inf    |+0"],
    ["0/0 ~= 0/0", "true"],
    ['tostring(0/0):gsub("-", "")', "nan"],
  ]);
});

test("integers print and parse over the whole range", () => {
  const values = pairs(300).flat();
  lua.compare(
    values.flatMap(value => [
      [`${integerSource(value)}`, String(value)],
      [`tonumber("${value}")`, String(value)],
      [
        `string.format("%d|%i|%x|%X|%o", ${Array(5).fill(integerSource(value)).join(", ")})`,
        [
          value,
          value,
          BigInt.asUintN(64, value).toString(16),
          BigInt.asUintN(64, value).toString(16).toUpperCase(),
          BigInt.asUintN(64, value).toString(8),
        ].join("|"),
      ],
      [`tonumber("0x${BigInt.asUintN(64, value).toString(16)}")`, String(value)],
    ]),
  );
});

test("decimal integers beyond 64 bits become floats, hexadecimal ones wrap", () => {
  lua.compare([
    ["9223372036854775808", "9.2233720368548e+18"],
    ["-9223372036854775808", "-9.2233720368548e+18"],
    ["math.type(9223372036854775807)", "integer"],
    ["0x10000000000000001", "1"],
    ["0xffffffffffffffff", "-1"],
    ["math.type(1e2)", "float"],
    ["0x.8p1", "1.0"],
    ["0xA.8", "10.5"],
  ]);
});

test("tonumber accepts and refuses what the manual says", () => {
  lua.compare([
    ['tonumber("  10  ")', "10"],
    ['tonumber("1e1")', "10.0"],
    ['tonumber("0x10")', "16"],
    ['tonumber("")', "nil"],
    ['tonumber(" ")', "nil"],
    ['tonumber("1 2")', "nil"],
    ['tonumber("1e")', "nil"],
    ['tonumber("inf")', "nil"],
    ['tonumber("nan")', "nil"],
    ['tonumber("0x")', "nil"],
    ['tonumber("1_000")', "nil"],
    ['tonumber("1.")', "1.0"],
    ['tonumber(".5")', "0.5"],
    ['tonumber(".")', "nil"],
    ['tonumber("-0x10")', "-16"],
    ['tonumber("- 1")', "nil"],
    ['tonumber("1\\0")', "nil"],
    ['tonumber("\\t1\\n")', "1"],
    ['tonumber("zz", 36)', "1295"],
    ['tonumber("-ff", 16)', "-255"],
    ['tonumber("8", 8)', "nil"],
    ['tonumber("1.5", 10)', "nil"],
    ["tonumber({})", "nil"],
    ['tonumber("1e400")', "inf"],
    ['tonumber("1e-400")', "0.0"],
    ['tonumber(("9"):rep(400))', "inf"],
  ]);
});

test("tonumber in every base agrees with JavaScript", () => {
  const random = new Random(3);
  const cases = [];
  for (let base = 2; base <= 36; base++) {
    for (let i = 0; i < 10; i++) {
      const value = random.integer();
      cases.push([`tonumber("${value.toString(base)}", ${base})`, String(value)]);
    }
  }
  lua.compare(cases);
});

const floorDiv = (a, b) => (a - (((a % b) + b) % b)) / b;
const OPERATIONS = {
  "+": (a, b) => wrap64(a + b),
  "-": (a, b) => wrap64(a - b),
  "*": (a, b) => wrap64(a * b),
  "&": (a, b) => wrap64(a & b),
  "|": (a, b) => wrap64(a | b),
  "~": (a, b) => wrap64(a ^ b),
  "//": (a, b) => (b === 0n ? undefined : wrap64(floorDiv(a, b))),
  "%": (a, b) => (b === 0n ? undefined : ((a % b) + b) % b),
  "<<": (a, b) => (b >= 64n || b <= -64n ? 0n : b >= 0n ? wrap64(a << b) : wrap64(BigInt.asUintN(64, a) >> -b)),
  ">>": (a, b) => (b >= 64n || b <= -64n ? 0n : b >= 0n ? wrap64(BigInt.asUintN(64, a) >> b) : wrap64(a << -b)),
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "==": (a, b) => a === b,
};

for (const [operator, reference] of Object.entries(OPERATIONS)) {
  test(`integer ${operator} agrees with BigInt, folded and computed`, () => {
    lua.run(`function op(a, b) return a ${operator} b end`);
    lua.compare(
      pairs(250).flatMap(([a, b]) => {
        const expected = reference(a, b);
        if (expected === undefined) return [];
        return [
          [`${integerSource(a)} ${operator} ${integerSource(b)}`, String(expected)],
          [`op(${integerSource(a)}, ${integerSource(b)})`, String(expected)],
        ];
      }),
    );
  });
}

test("division and modulo by zero: an error for integers, inf and nan for floats", () => {
  assert.match(lua.fail("local a, b = 1, 0 return a // b"), /divide by zero/);
  assert.match(lua.fail("local a, b = 1, 0 return a % b"), /n%%?0/);
  lua.compare([
    ["1 // 0.0", "inf"],
    ["-1 // 0.0", "-inf"],
    ["1 / 0", "inf"],
    ["math.fmod(1, 0.0) ~= math.fmod(1, 0.0)", "true"],
    ["5 % (1/0)", "5.0"],
    ["-5 % (1/0)", "inf"],
  ]);
});

test("float arithmetic agrees with JavaScript", () => {
  const random = new Random(4);
  lua.run("function same(x, text) local y = tonumber(text) return x == y or x ~= x and y == nil end");
  const cases = Array.from({ length: 600 }, () => {
    const [a, b] = random.chance(0.5)
      ? [random.double(), random.double()]
      : [random.below(2000) / 8 - 100, random.below(2000) / 8 - 99.9];
    const rest = a % b;
    const [operator, value] = random.pick([
      ["+", a + b],
      ["-", a - b],
      ["*", a * b],
      ["/", a / b],
      ["//", Math.floor(a / b)],
      ["%", rest * b < 0 || (rest && rest > 0 !== b > 0) ? rest + b : rest],
    ]);
    const text = Number.isFinite(value) ? value.toExponential() : value > 0 ? "1e999" : value < 0 ? "-1e999" : "nan";
    return [`same(${floatSource(a)} ${operator} ${floatSource(b)}, "${text}")`, "true"];
  });
  lua.compare(cases);
});

test("comparisons of integers with floats are exact", () => {
  lua.compare([
    ["math.maxinteger < 2^63", "true"],
    ["math.maxinteger + 0.0 == 2^63", "true"],
    ["math.maxinteger == 2^63", "false"],
    ["math.mininteger == -2^63", "true"],
    ["2^53 == (1 << 53) + 1", "false"],
    ["(1 << 53) + 1 > 2^53", "true"],
    ["math.mininteger <= -2^63", "true"],
    ["1 < 0/0", "false"],
    ["1 > 0/0", "false"],
    ["1 == 1.0", "true"],
    ["math.maxinteger // 1 | 0", String(MAX)],
    ["3 | 0", "3"],
    ["2^31 | 0", "2147483648"],
    ['"10" + 5', "15"],
    ['"0x10" * 1', "16"],
    ['"1.5" + 1', "2.5"],
    ["10 .. 20", "1020"],
  ]);
});

test("mathematical functions agree with JavaScript to the last digits", () => {
  const values = [-20.5, -3, -1, -0.7, -1e-5, 0, 1e-9, 0.3, 1, 1.5, 2, 10, 100.25, 1e6];
  const functions = {
    sin: Math.sin,
    cos: Math.cos,
    tan: Math.tan,
    exp: Math.exp,
    atan: Math.atan,
    sqrt: Math.sqrt,
    log: Math.log,
    asin: Math.asin,
    acos: Math.acos,
  };
  const cases = Object.entries(functions).flatMap(([name, f]) =>
    values.map(value => [`math.${name}(${value})`, f(value)]),
  );
  cases.push(...[2, 10, 3].map(base => [`math.log(1000, ${base})`, Math.log(1000) / Math.log(base)]));
  cases.push(
    ...values.map(value => [`math.atan(${value}, -2)`, Math.atan2(value, -2)]),
    ...values.map(value => [`${Math.abs(value)} ^ 0.3`, Math.abs(value) ** 0.3]),
  );
  const results = lua.evaluate(cases.map(([source]) => `string.format("%.17g", ${source})`));
  cases.forEach(([source, expected], at) => {
    if (Number.isNaN(expected)) assert.match(results[at], /nan/, source);
    else if (!Number.isFinite(expected)) assert.equal(results[at], expected > 0 ? "inf" : "-inf", source);
    else
      assert.ok(
        Math.abs(Number(results[at]) - expected) <= Math.abs(expected) * 4e-16,
        `${source}: ${results[at]} and ${expected}`,
      );
  });
});

test("math on integers and floats keeps the subtypes of the manual", () => {
  lua.compare([
    ["math.floor(2.7)", "2"],
    ["math.floor(-2.7)", "-3"],
    ["math.ceil(2.1)", "3"],
    ["math.floor(1e100)", "1e+100"],
    ["math.tointeger(3.0)", "3"],
    ["math.tointeger(3.5)", "nil"],
    ['math.tointeger("8")', "8"],
    ["math.abs(math.mininteger)", String(MIN)],
    ["math.fmod(-7, 3)", "-1"],
    ["math.fmod(7, -3)", "1"],
    ["math.fmod(-6.5, 4)", "-2.5"],
    ["math.modf(3.7)", "3"],
    ["select(2, math.modf(-3.5))", "-0.5"],
    ["math.modf(1/0)", "inf"],
    ["math.ult(1, -1)", "true"],
    ["math.max(1, 2.5)", "2.5"],
    ["math.min(3, 1, 2)", "1"],
    ["math.type(1)", "integer"],
    ["math.type(1.0)", "float"],
    ['math.type("1")', "nil"],
    ["7 // 2", "3"],
    ["-7 // 2", "-4"],
    ["7 // 2.0", "3.0"],
    ["-7 % 3", "2"],
    ["7 % -3", "-2"],
    ["5.5 % -2", "-0.5"],
    ["2^10", "1024.0"],
    ["10 / 2", "5.0"],
    ["3 // 0.7", "4.0"],
    ["1e15", "1e+15"],
    ["123456789012345", "123456789012345"],
  ]);
});

test("math.random stays in range, for every range", () => {
  assert.equal(
    lua.run(`math.randomseed(1, 2)
    for i = 1, 20000 do
      local f = math.random() assert(f >= 0 and f < 1)
      local n = math.random(6) assert(n >= 1 and n <= 6 and math.type(n) == "integer")
      local m = math.random(math.mininteger, math.maxinteger) assert(math.type(m) == "integer")
      assert(math.random(3, 3) == 3)
    end return math.type(math.random(0))`),
    "integer",
  );
  assert.match(lua.fail("math.random(0, -1)"), /interval is empty/);
});

test("math.random with a seed gives the numbers of xoshiro256**", () => {
  const mask = 2n ** 64n - 1n;
  const rotl = (x, n) => ((x << n) | (x >> (64n - n))) & mask;
  const s = [42n, 0xffn, 7n, 0n];
  const next = () => {
    const result = (rotl((s[1] * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1] << 17n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45n);
    return result;
  };
  for (let i = 0; i < 16; i++) next();
  lua.run("math.randomseed(42, 7)");
  for (let i = 0; i < 50; i++) assert.equal(lua.run("return math.random(0)"), String(wrap64(next())));
});

test("a numeric for handles overflow, floats and large steps as the manual says", () => {
  const loop = range =>
    lua.run(
      `local o = {} for i = ${range} do o[#o + 1] = tostring(i) if #o > 20 then break end end return table.concat(o, " ")`,
    );
  assert.equal(loop("math.maxinteger - 1, math.maxinteger"), `${MAX - 1n} ${MAX}`);
  assert.equal(loop("math.mininteger, math.mininteger + 1"), `${MIN} ${MIN + 1n}`);
  assert.equal(loop("1, 2, 0.5"), "1.0 1.5 2.0");
  assert.equal(loop("3, 1, -1"), "3 2 1");
  assert.equal(loop("1, 0"), "");
  assert.equal(loop("1, math.huge, 1 << 62"), `1 ${2n ** 62n + 1n}`);
  assert.equal(loop("1, 3.9"), "1 2 3");
});
