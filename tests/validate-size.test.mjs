// validate-wasm.js as a command: its output, the size budget, and what each part of the module costs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { measure } from "../validate/budget.js";
import { compress } from "../validate/compressed.js";
import { readModule } from "../validate/module.js";
import { countSizes, crateOf, sizeTable } from "../validate/sizes.js";
import { body, changed, encode, name, section, validModule, vector } from "./wasm-builder.mjs";

const VALIDATOR = fileURLToPath(new URL("../validate-wasm.js", import.meta.url));
const GOOD = encode(validModule());
const ROOMY = { limit: { raw: 100_000, brotli: 50_000 }, recorded: { raw: 0, gzip: 0, brotli: 0 } };

/** Runs the validator on a file with these bytes and a budget file with this content. */
function validate(t, bytes, budget, ...args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "validate-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const [wasm, json] = [path.join(folder, "a.wasm"), path.join(folder, "budget.json")];
  fs.writeFileSync(wasm, bytes);
  fs.writeFileSync(json, typeof budget === "string" ? budget : JSON.stringify(budget));
  const { stdout, stderr, status } = spawnSync(process.execPath, [VALIDATOR, wasm, "--budget", json, ...args], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  const lines = stdout.trimEnd().split("\n");
  return { status, stdout, last: lines.at(-1), budget: () => JSON.parse(fs.readFileSync(json, "utf8")) };
}

/** The sizes that the validator records for the good module. */
function recordedSizes(t) {
  return validate(t, GOOD, ROOMY, "--bless").budget().recorded;
}

test("the last line for a good module gives its sizes and exit code 0", t => {
  const { status, last } = validate(t, GOOD, ROOMY);
  const { raw, gzip, brotli } = recordedSizes(t);
  assert.equal(raw, GOOD.length);
  assert.equal(last, `ABI: ok, size: ${raw} raw, ${gzip} gzip, ${brotli} brotli, exceptions: none`);
  assert.equal(status, 0);
});

test("a violation is printed as a sentence and gives exit code 1", t => {
  const { status, stdout, last } = validate(
    t,
    changed(m => m.exports.pop()),
    ROOMY,
  );
  assert.match(stdout, /^error: export run_gc is missing$/m);
  assert.match(last, /^ABI: 1 violation in /);
  assert.equal(status, 1);
});

for (const measure of ["raw", "brotli"]) {
  test(`a module over the ${measure} limit fails`, t => {
    const { status, stdout } = validate(t, GOOD, { ...ROOMY, limit: { ...ROOMY.limit, [measure]: 100 } });
    assert.match(stdout, new RegExp(`^error: size: \\d+ bytes ${measure} are over the limit of 100$`, "m"));
    assert.equal(status, 1);
  });
}

for (const measure of ["raw", "gzip", "brotli"]) {
  test(`a module that grew by more than 1 % ${measure} fails`, t => {
    const recorded = recordedSizes(t);
    recorded[measure] = Math.floor(recorded[measure] / 1.02);
    const { status, stdout } = validate(t, GOOD, { ...ROOMY, recorded });
    assert.match(
      stdout,
      new RegExp(`^error: size: \\d+ bytes ${measure} are more than 1 % over the recorded ${recorded[measure]}`, "m"),
    );
    assert.equal(status, 1);
  });
}

test("growth of less than 1 % passes", t => {
  const recorded = recordedSizes(t);
  recorded.raw -= Math.floor(recorded.raw / 110);
  assert.equal(validate(t, GOOD, { ...ROOMY, recorded }).status, 0);
});

test("--bless accepts growth, records the sizes and keeps the limits", t => {
  const { status, budget } = validate(t, GOOD, { ...ROOMY, recorded: { raw: 1, gzip: 1, brotli: 1 } }, "--bless");
  assert.equal(status, 0);
  assert.deepEqual(budget(), { ...ROOMY, recorded: recordedSizes(t) });
});

test("--bless records nothing for a module that breaks a rule", t => {
  const { status, budget } = validate(
    t,
    changed(m => m.exports.pop()),
    ROOMY,
    "--bless",
  );
  assert.equal(status, 1);
  assert.deepEqual(budget(), ROOMY);
});

test("--bless does not lift a limit", t => {
  const tight = { ...ROOMY, limit: { raw: 100, brotli: 100 } };
  const { status, budget } = validate(t, GOOD, tight, "--bless");
  assert.equal(status, 1);
  assert.deepEqual(budget(), tight);
});

test("a budget without recorded sizes passes with a note to record them", t => {
  const { status, stdout } = validate(t, GOOD, ROOMY);
  assert.match(stdout, /^note: size: nothing recorded for raw yet: record it with --bless$/m);
  assert.equal(status, 0);
});

test("a module that shrank passes with a note to record it", t => {
  const { status, stdout } = validate(t, GOOD, { ...ROOMY, recorded: { ...recordedSizes(t), raw: 5000 } });
  assert.match(
    stdout,
    /^note: size: \d+ bytes raw are more than 1 % below the recorded 5000: record it with --bless$/m,
  );
  assert.equal(status, 0);
});

test("a module over the goal passes with a note", t => {
  const { status, stdout } = validate(t, GOOD, { ...ROOMY, goal: { brotli: 10 } });
  assert.match(stdout, /^note: size: \d+ bytes brotli are over the goal of 10$/m);
  assert.equal(status, 0);
});

test("a budget that is not JSON is an error", t => {
  const { status, stdout } = validate(t, GOOD, "limits: none");
  assert.match(stdout, /^error: .*budget\.json: the size budget cannot be read/);
  assert.equal(status, 1);
});

test("a budget without limits is an error", t => {
  const { status, stdout } = validate(t, GOOD, { recorded: {} });
  assert.match(stdout, /^error: .*budget\.json: a size budget needs 'limit' and 'recorded'$/m);
  assert.equal(status, 1);
});

test("an unknown option is an error that shows the usage", t => {
  const { status, stdout } = validate(t, GOOD, ROOMY, "--strict");
  assert.match(stdout, /^usage: /m);
  assert.equal(status, 1);
});

test("a missing file is an error that names it", () => {
  const { stdout, status } = spawnSync(process.execPath, [VALIDATOR, "/nowhere/lua.wasm"], { encoding: "utf8" });
  assert.equal(stdout, "error: /nowhere/lua.wasm cannot be read (ENOENT): 'sh build.sh' makes it\n");
  assert.equal(status, 1);
});

// Sizes of parts.

/** The valid module with these names for its functions 5 to 10, as --sizes reads it. */
function namedModule(names) {
  const functions = vector(names.map((text, i) => [5 + i, ...name(text)]));
  const bytes = changed(m => m.appended.push(section(0, [...name("name"), ...section(1, functions)])));
  return readModule(bytes);
}

const mapLine = (object, symbol) => `       -       aa       c7         ${object}:(${symbol})`;
const LINK_MAP = [
  "    Addr      Off     Size Out     In      Symbol",
  mapLine("/t/out/0a1b-lvm.o", "luaV_execute"),
  mapLine("/t/liblua.a(0a1b-lstrlib.o)", "str_format"),
  mapLine("/t/out/b33b-strtod.o", "strtod"),
  mapLine("/t/deps/lua.lua.83ac-cgu.0.rcgu.o", "run_gc"),
  mapLine("/r/libcompiler_builtins-a8.rlib(compiler_builtins-a8.compiler_builtins.40-cgu.014.rcgu.o)", "fmod"),
  "       -       aa       c7                 luaV_execute",
].join("\n");

test("sizes go to the parts that the link map and the crate names show", () => {
  const names = [
    "luaV_execute",
    "str_format",
    "strtod",
    "run_gc",
    "fmod",
    "_ZN8dlmalloc8dlmalloc6malloc17h0123456789abcdefE",
  ];
  const { parts } = countSizes(namedModule(names), LINK_MAP);
  const expected = [
    "Lua core",
    "Lua libraries",
    "shim-libc",
    "Rust module",
    "libm and compiler builtins",
    "allocator (dlmalloc)",
  ];
  assert.deepEqual([...parts.keys()], [...expected, "data segments", "other sections"]);
});

test("the sizes of the parts add up to the file without its names", () => {
  const { parts, total } = countSizes(namedModule(["luaV_execute", "unheard_of"]), LINK_MAP);
  assert.equal(
    [...parts.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    total,
  );
  assert.equal(total, GOOD.length);
});

test("with brotli a part costs what the file is smaller without its functions' code", () => {
  const numbers = Array.from({ length: 60 }, (_, i) => [0x41, (i * i) % 64, 0x1a]).flat();
  const long = changed(m => {
    m.bodies[5] = body(numbers);
    m.appended.push(section(0, [...name("name"), ...section(1, vector([[10, ...name("luaV_execute")]]))]));
  });
  const module = readModule(long);
  const counted = countSizes(module, LINK_MAP);
  compress(long, module, counted);
  const empty = changed(m => {
    m.bodies[5] = body([0x00]);
  });
  const plain = changed(m => {
    m.bodies[5] = body(numbers);
  });
  assert.ok(measure(plain).brotli > measure(empty).brotli);
  assert.equal(counted.files.get("lvm").brotli, measure(plain).brotli - measure(empty).brotli);
  assert.match(sizeTable(counted), /share {3}brotli\n(.*\n)* {2}lvm +1 +\d+ +[\d.]+ % +\d+\n/);
});

test("a function that binaryen split off counts for the one it came from", () => {
  const { files } = countSizes(namedModule(["byn-split-outlined-A$luaV_execute", "str_format_2"]), LINK_MAP);
  assert.deepEqual([...files.keys()], ["lvm", "lstrlib"]);
});

test("static functions of one name count for the files they are in", () => {
  const map = ["/t/out/0a1b-lvm.o", "/t/liblua.a(0a1b-lgc.o)"].map(object => mapLine(object, "clear")).join("\n");
  const { files } = countSizes(namedModule(["clear", "clear_17"]), map);
  assert.deepEqual([...files.keys()], ["lvm", "lgc"]);
});

for (const [mangled, crate] of [
  ["_ZN4core3fmt5write17h0123456789abcdefE", "core"],
  ["_ZN60_$LT$dlmalloc..sys..System$u20$as$u20$dlmalloc..Allocator$GT$5alloc17h0123456789abcdefE", "dlmalloc"],
  ["_ZN50_$LT$$BP$mut$u20$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE", "core"],
  ["_RNvNtNtNtCs5zM4GgcuceN_17compiler_builtins4math9libm_math3cos3cos", "compiler_builtins"],
  ["_RNvXsZ_NtCs5cOc02OMXlo_5alloc6stringNtB5_6StringNtNtCsgXGp5Oqx2Ny_4core3fmt5Write9write_str", "alloc"],
  ["_RNvCsbuDuZGOaS5o_7___rustc12___rust_alloc", "__rustc"],
  ["core::fmt::write", "core"],
  ["lua_pcallk", undefined],
]) {
  test(`the crate of ${mangled} is ${crate}`, () => assert.equal(crateOf(mangled), crate));
}
