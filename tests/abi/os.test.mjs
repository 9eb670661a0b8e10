// os.date and os.time against JavaScript's Date, in UTC.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { open } from "./client.mjs";
import { Random } from "./random.mjs";

let lua;
before(() => {
  lua = open();
});

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const pad = (value, width = 2, filler = "0") => String(value).padStart(width, filler);
const DAY = 86_400_000;

function isoWeek(date) {
  const thursday = new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 4 - (date.getUTCDay() || 7)),
  );
  const first = new Date(thursday);
  first.setUTCMonth(0, 1);
  return [Math.floor((thursday - first) / DAY / 7) + 1, thursday.getUTCFullYear()];
}

function dayOfYear(date) {
  const first = new Date(date);
  first.setUTCMonth(0, 1);
  return Math.round((date - first) / DAY) + 1;
}

const CONVERSIONS = {
  a: d => DAYS[d.getUTCDay()].slice(0, 3),
  A: d => DAYS[d.getUTCDay()],
  b: d => MONTHS[d.getUTCMonth()].slice(0, 3),
  B: d => MONTHS[d.getUTCMonth()],
  c: d =>
    `${CONVERSIONS.a(d)} ${CONVERSIONS.b(d)} ${pad(d.getUTCDate(), 2, " ")} ${CONVERSIONS.T(d)} ${d.getUTCFullYear()}`,
  C: d => pad(Math.floor(d.getUTCFullYear() / 100)),
  d: d => pad(d.getUTCDate()),
  D: d => `${CONVERSIONS.m(d)}/${CONVERSIONS.d(d)}/${CONVERSIONS.y(d)}`,
  e: d => pad(d.getUTCDate(), 2, " "),
  F: d => `${d.getUTCFullYear()}-${CONVERSIONS.m(d)}-${CONVERSIONS.d(d)}`,
  g: d => pad(isoWeek(d)[1] % 100),
  G: d => String(isoWeek(d)[1]),
  h: d => CONVERSIONS.b(d),
  H: d => pad(d.getUTCHours()),
  I: d => pad(d.getUTCHours() % 12 || 12),
  j: d => pad(dayOfYear(d), 3),
  m: d => pad(d.getUTCMonth() + 1),
  M: d => pad(d.getUTCMinutes()),
  n: () => "\n",
  p: d => (d.getUTCHours() < 12 ? "AM" : "PM"),
  r: d => `${CONVERSIONS.I(d)}:${CONVERSIONS.M(d)}:${CONVERSIONS.S(d)} ${CONVERSIONS.p(d)}`,
  R: d => `${CONVERSIONS.H(d)}:${CONVERSIONS.M(d)}`,
  S: d => pad(d.getUTCSeconds()),
  t: () => "\t",
  T: d => `${CONVERSIONS.R(d)}:${CONVERSIONS.S(d)}`,
  u: d => String(d.getUTCDay() || 7),
  U: d => pad(Math.floor((dayOfYear(d) + 6 - d.getUTCDay()) / 7)),
  V: d => pad(isoWeek(d)[0]),
  w: d => String(d.getUTCDay()),
  W: d => pad(Math.floor((dayOfYear(d) + 6 - ((d.getUTCDay() + 6) % 7)) / 7)),
  x: d => CONVERSIONS.D(d),
  X: d => CONVERSIONS.T(d),
  y: d => pad(d.getUTCFullYear() % 100),
  Y: d => String(d.getUTCFullYear()),
  "%": () => "%",
};

function times(count) {
  const random = new Random(20);
  const edges = [
    0,
    1,
    59,
    86_399,
    86_400,
    951_782_400,
    951_868_800,
    4_107_542_399,
    4_107_542_400,
    1_709_164_800,
    1_709_251_199,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    253_402_300_799,
    -1,
    -86_400,
    -2_208_988_800,
  ];
  const years = Array.from({ length: 60 }, (_, i) => [
    Date.UTC(1990 + i, 0, 1) / 1000,
    Date.UTC(1990 + i, 11, 31, 23, 59, 59) / 1000,
  ]).flat();
  return [...edges, ...years, ...Array.from({ length: count }, () => random.below(2 ** 32) * 2 - 2 ** 31)];
}

for (const [conversion, reference] of Object.entries(CONVERSIONS)) {
  test(`os.date's %${conversion} agrees with Date in UTC`, () => {
    const all = times(150);
    const results = lua.evaluate(
      all.flatMap(time => [`os.date("!%${conversion}", ${time})`, `os.date("%${conversion}", ${time})`]),
    );
    all.forEach((time, at) => {
      const expected = reference(new Date(time * 1000));
      assert.deepEqual([results[2 * at], results[2 * at + 1]], [expected, expected], `at ${time}`);
    });
  });
}

test("os.date with E and O modifiers gives what the plain conversion gives", () => {
  const results = lua.evaluate(['os.date("!%Ey %EY %Ec", 86400)', 'os.date("!%Od %OH %OS", 86400)']);
  assert.deepEqual(results, ["70 1970 Fri Jan  2 00:00:00 1970", "02 00 00"]);
});

test("os.date refuses unknown conversions", () => {
  for (const format of ["%", "%Q", "%E", "%Ez", "%O", "%!", "x%"])
    assert.match(lua.fail(`return os.date("${format}", 0)`), /invalid conversion specifier/, format);
});

test('os.date("!*t") agrees with Date, and os.time takes it back', () => {
  // -1 is what C's mktime returns for an error, so os.time refuses it.
  const all = times(200).filter(time => time !== -1);
  const results = lua.evaluate(
    all.map(
      time => `(function() local t = os.date("!*t", ${time})
    return table.concat({t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, tostring(t.isdst), os.time(t)}, " ") end)()`,
    ),
  );
  all.forEach((time, at) => {
    const d = new Date(time * 1000);
    const expected = [
      d.getUTCFullYear(),
      d.getUTCMonth() + 1,
      d.getUTCDate(),
      d.getUTCHours(),
      d.getUTCMinutes(),
      d.getUTCSeconds(),
      d.getUTCDay() + 1,
      dayOfYear(d),
      "false",
      time,
    ];
    assert.equal(results[at], expected.join(" "));
  });
});

test("os.time normalises fields out of range as Date does", () => {
  const random = new Random(21);
  const cases = Array.from({ length: 300 }, () => {
    const [year, month, day, hour, min, sec] = [
      random.below(300) + 1850,
      random.below(60) - 24,
      random.below(800) - 400,
      random.below(200) - 100,
      random.below(4000) - 2000,
      random.below(200_000) - 100_000,
    ];
    const time = Date.UTC(year, month - 1, day, hour, min, sec) / 1000;
    return [
      `os.time{year = ${year}, month = ${month}, day = ${day}, hour = ${hour}, min = ${min}, sec = ${sec}}`,
      String(time),
    ];
  });
  const results = lua.evaluate(cases.map(([source]) => source));
  cases.forEach(([source, expected], at) => assert.equal(results[at], expected, source));
});

test("os.time writes the normalised fields back", () => {
  assert.equal(
    lua.run(`local t = {year = 2023, month = 14, day = -3, hour = 25, min = 61, sec = 61} os.time(t)
    return t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst`),
    "2024\t1\t29\t2\t2\t1\t2\t29\tfalse",
  );
});

test("os.time without hour means noon, and refuses missing and bad fields", () => {
  assert.equal(lua.run("return os.time{year = 1970, month = 1, day = 1}"), "43200");
  assert.match(lua.fail("os.time{year = 1970, month = 1}"), /field 'day' missing in date table/);
  assert.match(lua.fail('os.time{year = 1970, month = "x", day = 1}'), /field 'month' is not an integer/);
  assert.match(lua.fail("os.time{year = 1970, month = 1.5, day = 1}"), /field 'month' is not an integer/);
  assert.match(lua.fail("os.time{year = 1 << 60, month = 1, day = 1}"), /field 'year' is out-of-bound/);
});

test("times out of every range raise", () => {
  for (const time of ["math.maxinteger", "math.mininteger", "1 << 60"])
    assert.match(
      lua.fail(`return os.date("!%c", ${time})`),
      /date result cannot be represented|time out-of-bounds/,
      time,
    );
});

test("without a clock service os.time and os.clock are 0", () => {
  assert.equal(lua.run('return os.time(), os.clock() == 0, os.date("!%F")'), "0\ttrue\t1970-01-01");
});

test("os.difftime is the difference in seconds", () => {
  assert.equal(lua.run("return os.difftime(100, 40)"), "60.0");
});
