// lua/loops.txt is every loop of the C files, and what it says of each is so.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { LIBC, keys, listed, loops, parse, sources } from "./loops.mjs";

const AFTER =
  "after that: node tests/patches/loops.mjs --bless, and say in lua/loops.txt what bounds or counts each new one";

/** Compares loops with a list; names what differs. */
function assertListed(parts, list) {
  const [found, expected] = [keys(loops(parts)), keys(list)];
  const missing = found.filter(key => !expected.includes(key));
  const vanished = expected.filter(key => !found.includes(key));
  assert.ok(
    missing.length + vanished.length === 0,
    `new loops:\n${missing.join("\n")}\nloops that are gone:\n${vanished.join("\n")}\n${AFTER}`,
  );
  const moved = found.find((key, i) => key !== expected[i]);
  assert.ok(!moved, `not in the order of the source: ${moved}\n${AFTER}`);
}

/** What a function does itself, or by a macro: 'name' or '#name' -> the words in it. */
function wordsOf(parts) {
  const words = new Map();
  for (const { name, body } of parts) words.set(name, new Set([...(words.get(name) ?? []), ...body]));
  return words;
}

const parts = parse(sources());
const list = listed();
const words = wordsOf(parts);
const STEPS = /^(lua_(step|steps_left|poll)|countcall|countto|shim_scan(ned)?)$/;
const WORK = /^(lua_(work|workhere|workin|worked|copybytes|step|poll)|shim_(scan|scanned|write))$/; // shim_write: src/output.rs

/** Whether one of the words, or a macro's among them, is of this kind. */
const has = (name, kind) =>
  [...(words.get(name) ?? [])].some(
    word => kind.test(word) || (`#${word}` !== name && words.has(`#${word}`) && has(`#${word}`, kind)),
  );

/** Names that `from` comes to by so few calls and macros that one can follow them, itself among them. */
function reached(from, calls = 6) {
  const names = new Set([from]);
  for (let left = calls; left > 0; left--) {
    for (const name of [...names]) {
      for (const word of words.get(name) ?? [])
        for (const next of [word, `#${word}`]) if (words.has(next)) names.add(next);
    }
  }
  return names;
}

/** The name as it is defined: of a function, else of a macro. */
const defined = name => (words.has(name) ? name : `#${name}`);

/** Functions in the module that were not inlined. */
const inModule = () =>
  new Set(
    readFileSync(new URL("../../target/lua.map", import.meta.url), "utf8")
      .split("\n")
      .map(line => line.split(/\s+/).at(-1)),
  );

/** What each class must be, mechanically: (function, other function, what is said) -> boolean. */
const CLASSES = {
  constant: (name, other, text) => !other && /\d/.test(text),
  counted: (name, other) => has(other ?? name, STEPS) && reached(name).has(other ?? name),
  asks: (name, other) => has(other ?? name, WORK) && reached(name).has(other ?? name),
  caller: (name, other) => has(other, STEPS) && reached(other).has(name),
  beside: (name, other) =>
    has(other, STEPS) && parts.some(({ body }) => body.includes(name) && body.includes(other.replace("#", ""))),
  jumps: name => reached(name, 9).has("luaV_execute") || reached("luaV_execute").has(name),
  listed: name => LIBC.test(name),
  absent: name => !inModule().has(name),
};

/** A reason in its parts: [class, other function, text]. */
const read = reason => /^(\w+)(?: (?:in )?(\w+))?: (.+)$/.exec(reason)?.slice(1) ?? [];

const line = ({ file, name, head, reason }) => `${file}: ${name}: ${head}: ${reason}`;

test("each loop of the C files is in lua/loops.txt, in the order of the sources", () => assertListed(parts, list));

test("what lua/loops.txt says of each loop is one of the known classes", () => {
  const known = [...Object.keys(CLASSES), "UNCOUNTED"];
  for (const loop of list) assert.ok(known.includes(read(loop.reason)[0]), line(loop));
});

test("what counts a loop is there", () => {
  const wrong = list.filter(({ name, reason }) => {
    const [kind, other, text] = read(reason);
    return CLASSES[kind] && !CLASSES[kind](name, other && defined(other), text);
  });
  assert.deepEqual(wrong.map(line), []);
});

test("no loop is uncounted", () => {
  assert.deepEqual(list.filter(({ reason }) => reason.startsWith("UNCOUNTED")).map(line), []);
});

const extra = source => parse([...sources(), ["lextra.c", source]]);

for (const [kind, source] of Object.entries({
  "a for": "static int f (int n) { for (;;) n++; }",
  "a while in a branch of the preprocessor": "int f (int n) {\n#if X\n  if (n)\n#else\n  while (n)\n#endif\n  n--;\n}",
  "a do": "int f (int n) {\n  do { n--; /* } */ } while (n > 0);\n}",
  "a goto that goes back": "int f (int n) { again: if (n--) goto again; return 0; }",
  "a loop behind quotes": 'int f (char *s) { *s = \'"\'; s = "}{"; while (*s) s++; }',
  "a macro that loops": "#define skip(s) { while (*(s)) \\\n  (s)++; }\nint f (char *s) { skip(s) }",
  "a call of strlen": "int f (char *s) { return strlen (s); }",
})) {
  test(`${kind} that is not in the list fails the comparison, which names it`, () => {
    assert.throws(
      () => assertListed(extra(source), loops(parts)),
      /new loops:\n(lextra\.c: #?(f|skip): .*\n)+loops that are gone:\n\n/,
    );
  });
}

for (const [kind, source] of Object.entries({
  "do { } while (0)": "int f (int n) { do { n++; } while (0); }",
  "a goto that goes on": "int f (int n) { if (n) goto end; n++; end: return n; }",
  "a comment": "/* for (;;) */ // while (1)\nint f (int n) { return n; }",
})) {
  test(`${kind} is no loop`, () => assertListed(extra(source), loops(parts)));
}

test("a loop that is gone fails the comparison, which names it", () => {
  assert.throws(
    () =>
      assertListed(
        parts.filter(({ name }) => name !== "luaH_next"),
        loops(parts),
      ),
    /gone:\nltable\.c: luaH_next: /,
  );
});

test("a function that lost its count fails", () => {
  const kept = words.get("luaH_next");
  words.set("luaH_next", new Set([...kept].filter(word => word !== "lua_steps_left")));
  const holds = CLASSES.counted("luaH_next");
  words.set("luaH_next", kept);
  assert.deepEqual([holds, CLASSES.counted("luaH_next")], [false, true]);
});
