// The service `zone`: local dates and times (docs/abi.md section 7), against native Lua in the same zones.
import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { runNative, stock } from "../patches/native.mjs";
import { Random } from "./random.mjs";
import { serviced } from "./serviced.mjs";

const ZONES = [
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Europe/Dublin",
  "Pacific/Apia",
  "America/Sao_Paulo",
  "Europe/Berlin",
  "Asia/Kathmandu",
  "UTC",
];
/** Where tzdata has winter as the time that is shifted: the offsets alone do not say so. (Nor for wars, and new zones.) */
const NEGATIVE = new Set(["Europe/Dublin"]);

let native;
before(() => {
  native = stock();
});
const outside = process.env.TZ;
afterEach(() => {
  if (outside === undefined) delete process.env.TZ;
  else process.env.TZ = outside;
});

function float64(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(number);
  return bytes;
}

/** Of this process's zone, from Date. */
function offsetAt(time) {
  const date = new Date(time * 1000);
  const wall = Date.UTC(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  );
  return wall / 1000 - Math.floor(time);
}

/** An instance in a zone. */
function luaIn(zone) {
  process.env.TZ = zone;
  return serviced({ zone: key => float64(offsetAt(key.readDoubleLE(4))) });
}

function inNative(zone, source) {
  process.env.TZ = zone;
  const { ok, text } = runNative(native, source);
  assert.ok(ok, text);
  return text;
}

/** Each line of what both print must be the same. */
function compare(zone, source, lines) {
  const expected = inNative(zone, source).split("\n");
  const actual = luaIn(zone).run(source).split("\n");
  assert.ok(expected.length > lines, `${expected.length} lines`);
  expected.forEach((line, at) => assert.equal(actual[at], line, `${zone}, line ${at + 1}`));
}

const random = new Random(8);
/** Unix times from 1902 to 2037, for which native tables and those of Date are the same, and those around changes. */
const TIMES = Array.from({ length: 300 }, () => random.below(4_260_000_000) - 2_140_000_000);
const CHANGES = [
  "2024-03-10T07:00Z",
  "2024-11-03T06:00Z",
  "2024-04-06T15:00Z",
  "2024-10-05T15:30Z",
  "2024-03-31T01:00Z",
  "2024-10-27T01:00Z",
  "2011-12-30T10:00Z",
  "2018-11-04T03:00Z",
  "2018-02-18T02:00Z",
].flatMap(text => [-1, 0, 1, -1800, 1800].map(more => Date.parse(text) / 1000 + more));

for (const zone of ZONES) {
  test(`os.date gives the local time as native Lua does: ${zone}`, () => {
    compare(
      zone,
      `for _, time in ipairs { ${[...TIMES, ...CHANGES]} } do
      print(time, os.date("%Y-%m-%d %H:%M:%S %z %c %j %a", time), os.date("!%c %z", time))
    end`,
      300,
    );
  });

  test(`os.date("*t") has the local fields, and os.time takes them back: ${zone}`, () => {
    const isdst = NEGATIVE.has(zone) ? "" : ", t.year >= 1990 and t.isdst";
    compare(
      zone,
      `for _, time in ipairs { ${[...TIMES, ...CHANGES]} } do
      local t = os.date("*t", time)
      assert(os.time(t) == time, time)
      print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday${isdst})
    end`,
      300,
    );
  });

  test(`os.time reads fields as local time, and normalises them: ${zone}`, () => {
    const fields = Array.from(
      { length: 200 },
      () =>
        `{ year = ${1950 + random.below(80)}, month = ${random.below(40) - 12}, day = ${random.below(100) - 40}, hour = ${4 + random.below(20)}, min = ${random.below(60)}, sec = ${random.below(60)} }`,
    );
    compare(
      zone,
      `for _, t in ipairs { ${fields} } do
      print(os.time(t), t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday)
    end`,
      200,
    );
  });
}

/** [zone, local time, first instant, second instant]: the local time is there twice. */
const FOLDS = [
  ["America/New_York", "2024, 11, 3, 1, 30", "2024-11-03T05:30Z", "2024-11-03T06:30Z"],
  ["Australia/Lord_Howe", "2024, 4, 7, 1, 45", "2024-04-06T14:45Z", "2024-04-06T15:15Z"],
  ["Europe/Dublin", "2024, 10, 27, 1, 30", "2024-10-27T00:30Z", "2024-10-27T01:30Z"],
  ["Europe/Berlin", "2024, 10, 27, 2, 30", "2024-10-27T00:30Z", "2024-10-27T01:30Z"],
];
const MAKE =
  "local function at(y, m, d, h, min, dst) local t = { year = y, month = m, day = d, hour = h, min = min, isdst = dst } return os.time(t), t.hour, t.min, t.isdst end";
const seconds = text => Date.parse(text) / 1000;

for (const [zone, local, first, second] of FOLDS) {
  test(`a time that is there twice is the first, or what isdst says, and one of native's: ${zone}`, () => {
    const lua = luaIn(zone);
    const at = dst => Number(lua.run(`${MAKE} return (at(${local}${dst}))`));
    assert.equal(at(""), seconds(first));
    assert.equal(at(", true"), seconds(first));
    assert.equal(at(", false"), seconds(second));
    const theirs = Number(inNative(zone, `${MAKE} print((at(${local})))`));
    assert.ok([seconds(first), seconds(second)].includes(theirs));
    if (!NEGATIVE.has(zone)) {
      const said = `${MAKE} print(at(${local}, true)) print(at(${local}, false))`;
      assert.equal(luaIn(zone).run(said), inNative(zone, said));
    }
  });
}

/** [zone, local time]: a time that is skipped. */
const GAPS = [
  ["America/New_York", "2024, 3, 10, 2, 30"],
  ["Australia/Lord_Howe", "2024, 10, 6, 2, 15"],
  ["Europe/Berlin", "2024, 3, 31, 2, 30"],
  ["America/Sao_Paulo", "2018, 11, 4, 0, 30"],
];

for (const [zone, local] of GAPS) {
  test(`a time that is skipped is counted on, or what isdst says, as in native Lua: ${zone}`, () => {
    const source = `${MAKE} print(at(${local})) print(at(${local}, true)) print(at(${local}, false))`;
    assert.equal(luaIn(zone).run(source), inNative(zone, source));
  });
}

test("a day that is skipped is counted on as Date does it: Pacific/Apia", () => {
  const lua = luaIn("Pacific/Apia");
  assert.equal(
    Number(lua.run(`${MAKE} return (at(2011, 12, 30, 12, 0))`)),
    new Date(2011, 11, 30, 12).getTime() / 1000,
  );
});

for (const zone of ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]) {
  test(`isdst shifts by what the zone's two times differ, as in native Lua: ${zone}`, () => {
    const source = `${MAKE} for month = 1, 12 do for _, dst in ipairs { true, false } do print(at(2024, month, 15, 12, 0, dst)) end end`;
    assert.equal(luaIn(zone).run(source), inNative(zone, source));
  });
}

test("isdst means nothing where no time is shifted that year", () => {
  assert.equal(luaIn("Asia/Kolkata").run(`${MAKE} return at(2024, 7, 1, 12, 0, true)`), "1719815400\t12\t0\tfalse");
});

test("seconds of old offsets count", () => {
  assert.equal(luaIn("America/New_York").run('return os.date("%F %T", -3e9 // 1 | 0)'), "1874-12-07 13:43:58");
});

test("%z and %Z give the offset, and UTC where it is none", () => {
  const zoned = offset => serviced({ zone: float64(offset) }).run('return os.date("%z %Z", 0), os.date("!%z %Z", 0)');
  const utc = "\t+0000 UTC";
  assert.equal(zoned(-4 * 3600), `-0400 -0400${utc}`);
  assert.equal(zoned(5.5 * 3600), `+0530 +0530${utc}`);
  assert.equal(zoned(-1800), `-0030 -0030${utc}`);
  assert.equal(zoned(0), `+0000 UTC${utc}`);
});

test("a host without zone stays in UTC, and is not asked", () => {
  const asked = [];
  const lua = serviced({ clock: () => (asked.push("clock"), float64(86400)) });
  assert.equal(
    lua.run("return os.date(), os.time { year = 2024, month = 7, day = 1 }"),
    "Fri Jan  2 00:00:00 1970\t1719835200",
  );
});

test("answers that are no offset are UTC", () => {
  for (const answer of [
    float64(NaN),
    float64(Infinity),
    float64(1e300),
    float64(360_000),
    new Uint8Array(7),
    new Uint8Array(0),
    undefined,
  ]) {
    const lua = serviced({ zone: () => answer });
    assert.equal(
      lua.run('return os.date("%F %T %z", 86399), os.time { year = 1970, month = 1, day = 2, hour = 0 }'),
      "1970-01-01 23:59:59 +0000\t86400",
    );
  }
});

test("random offsets, a new one at each question, give dates and times or errors", () => {
  const lua = serviced({ zone: () => float64(random.below(720_000) - 360_000) });
  for (const time of ["0", "-1", "1 << 55", "-(1 << 55)", "67767976233532799", "math.maxinteger", "math.mininteger"]) {
    lua.run(`for i = 1, 50 do
      local ok, t = pcall(os.date, "*t", ${time})
      if ok then pcall(os.time, t) t.isdst = i % 2 == 0 pcall(os.time, t) pcall(os.date, "%c %z %Z", ${time}) end
    end`);
  }
});
