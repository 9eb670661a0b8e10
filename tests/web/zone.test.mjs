// Local time in scripts: that of the browser or of Node.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";

const wasm = new URL("../../web/lua.wasm", import.meta.url);
const outside = process.env.TZ;
let lua;

before(async () => {
  lua = await LuaPersistent.open({ wasm });
});
after(() => lua.close());
afterEach(() => {
  if (outside === undefined) delete process.env.TZ;
  else process.env.TZ = outside;
});

const date = (zone, time, format = "%Y-%m-%d %H:%M:%S %z") => {
  process.env.TZ = zone;
  return lua.eval(`os.date("${format}", ${time})`);
};

test("os.date is local, with the offset of that day", () => {
  assert.equal(date("America/New_York", 1719849600), "2024-07-01 12:00:00 -0400");
  assert.equal(date("America/New_York", 1704110400), "2024-01-01 07:00:00 -0500");
  assert.equal(date("Asia/Kathmandu", 1719849600), "2024-07-01 21:45:00 +0545");
  assert.equal(date("UTC", 1719849600, "%H %z %Z"), "16 +0000 UTC");
});

test("os.date with ! is UTC", () => assert.equal(date("America/New_York", 1719849600, "!%H:%M %z"), "16:00 +0000"));

test("offsets before zones had whole minutes are exact to the second", () => {
  assert.equal(date("America/New_York", -3000000000, "%F %T"), "1874-12-07 13:43:58");
  assert.equal(date("Europe/Amsterdam", -2000000000, "%F %T").slice(0, 10), "1906-08-16");
});

test("years of one and two digits are not those of the last century", () => {
  assert.equal(date("UTC", -59000000000, "%Y"), "100");
  assert.equal(date("Asia/Tokyo", -62000000000, "%Y"), "5");
});

test("times that no Date can be have the offset of the same day in other centuries, or the first there was", () => {
  assert.equal(
    date("America/New_York", "os.time { year = 300000, month = 7, day = 1 }", "%Y-%m-%d %H %z"),
    "300000-07-01 12 -0400",
  );
  assert.equal(
    date("America/New_York", "os.time { year = 300000, month = 1, day = 1 }", "%Y-%m-%d %H %z"),
    "300000-01-01 12 -0500",
  );
  assert.equal(
    date("Asia/Kolkata", "os.time { year = -300000, month = 1, day = 1 }", "%Y-%m-%d %H"),
    "-300000-01-01 12",
  );
});

test("os.time reads local time", () => {
  process.env.TZ = "America/New_York";
  assert.equal(lua.eval("os.time { year = 2024, month = 7, day = 1, hour = 12 }"), "1719849600");
});

test("the plain interface stays in UTC", async () => {
  process.env.TZ = "America/New_York";
  const plain = await new LuaPersistent().load(wasm);
  assert.equal(plain.eval('os.date("%H:%M %z", 1719849600)'), "16:00 +0000");
});
