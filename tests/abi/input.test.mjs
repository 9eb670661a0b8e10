// Input of the host (docs/abi.md section 9): what is read of stdin comes from `host.stdin`, in pieces of any size, at once or later.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LATER, hosting, results } from "./functions.mjs";
import { Random } from "./random.mjs";

/** The pieces that `host.stdin` gives, and then the end. */
function reading(pieces, { later = false, names = ["stdin"] } = {}) {
  let at = 0;
  const next = () => pieces[at++] ?? null;
  const lua = hosting({ stdin: () => (later ? LATER : results(next())) }, { names });
  lua.read = source => lua.finish(source, () => [next()], Infinity);
  lua.asked = () => at;
  return lua;
}

const TEXT = "first line\nsecond\n\n 0x1F -12.5e3 7up\nlast line without end";
const PROGRAMS = {
  "io.read by lines": "for _ = 1, 6 do print(io.read()) end",
  "io.read of several things":
    'print(io.read("l", "L", "l")) print(io.read("n", "n", "n")) print(io.read(0, 2, "*l", "a")) print(io.read("a"), io.read(0), io.read("l"))',
  "io.read of numbers of bytes": "print(io.read(5), io.read(1), io.read(20)) print(#io.read(1000), io.read(1))",
  "io.read of everything": 'print(io.read("a"), #io.read("a"))',
  "io.lines": 'for line in io.lines() do print("<" .. line .. ">") end print(io.read())',
  "io.lines with formats": 'for a, b in io.lines(nil, 4, "L") do print(a, b) end',
  "io.stdin:read":
    'print(io.stdin:read("L", 3)) for line in io.stdin:lines() do print(line) end print(io.stdin:read("n"))',
  "io.input():read in a coroutine":
    "for line in coroutine.wrap(function() while true do local l = io.input():read() if not l then return end coroutine.yield(l) end end) do print(line) end",
};

/** The text in random pieces, the empty one too. */
function pieces(random) {
  const list = [];
  for (let at = 0; at < TEXT.length;) {
    const size = random.below(random.chance(0.5) ? 3 : 20);
    list.push(TEXT.slice(at, at + size));
    at += size;
  }
  return list;
}

for (const [what, source] of Object.entries(PROGRAMS)) {
  test(`${what} gives the same whatever pieces the host gives, and when`, () => {
    const expected = reading([TEXT]).read(source);
    assert.ok(expected.ok, expected.text);
    for (let seed = 1; seed <= 40; seed++) {
      for (const later of [false, true]) {
        const { ok, text, out } = reading(pieces(new Random(seed)), { later }).read(source);
        assert.deepEqual([ok, text, out], [true, "", expected.out], `seed ${seed}, later: ${later}`);
      }
    }
  });
}

test("what is read is what Lua reads of a file", () => {
  assert.equal(
    reading([TEXT]).read(PROGRAMS["io.read of several things"]).out,
    "first line\tsecond\n\t\n31\t-12500.0\t7\n\tup\t\tlast line without end\n\tnil\tnil\n",
  );
  assert.equal(
    reading([TEXT]).read(PROGRAMS["io.read of numbers of bytes"]).out,
    "first\t \tline\nsecond\n\n 0x1F -\n32\tnil\n",
  );
});

test("no more is asked for than is needed", () => {
  const lua = reading(["one\n", "two\n", "34", " rest"]);
  lua.read("print(io.read())");
  assert.equal(lua.asked(), 1);
  lua.read("print(io.read(2))");
  assert.equal(lua.asked(), 2);
  assert.equal(lua.read('print(io.read("l", "n"))').out, "o\t34\n");
  assert.equal(lua.asked(), 4);
});

test("after the end the host is asked again", () => {
  const lua = reading(["a", null, "b"]);
  assert.equal(lua.read('print(io.read("a", "a")) print(io.read("a")) print(io.read())').out, "a\t\nb\nnil\n");
});

test("two tasks that read get what comes", () => {
  const lua = reading([], { later: true });
  const [one, two] = [lua.start("return io.read()"), lua.start("return io.read()")];
  assert.equal(lua.resume(two.waiting, "x").waiting, 3);
  assert.deepEqual(lua.resume(one.waiting, "y\nz").values, ["xy"]);
  assert.deepEqual(lua.resume(3, "\n").values, ["z"]);
});

test("what a cancelled task has read of a line is there for the next", () => {
  const lua = reading([], { later: true });
  const step = lua.start("return io.read()");
  lua.cancel(lua.resume(step.waiting, "half ").waiting);
  assert.deepEqual(lua.resume(lua.start("return io.read()").waiting, "line\n").values, ["half line"]);
});

test("where it cannot wait, that is the error", () => {
  const lua = reading([], { later: true });
  assert.equal(lua.ask("io.read()").first, "host.stdin: cannot wait here (outside a task)");
  assert.match(
    lua.start("table.sort({1, 2}, function() io.read() end)").first,
    /host\.stdin: cannot wait here \(inside table\.sort\)$/,
  );
});

test("an error of the host reaches whoever reads, and nothing is lost", () => {
  const lua = reading([], { later: true });
  const step = lua.start("local ok, e = pcall(io.read) print(ok, e.message, e.host) return io.read()");
  const failed = lua.refuse(lua.resume(step.waiting, "abc").waiting, "gone");
  assert.equal(failed.out, "false\tgone\tstdin\n");
  assert.deepEqual(lua.resume(failed.waiting, "d\n").values, ["abcd"]);
});

test("without the name stdin nothing can be read, and nobody is asked", () => {
  const lua = reading([TEXT], { names: [] });
  assert.equal(
    lua.read('print(io.read(), io.read("n"), io.read(0), #io.read("a")) for l in io.lines() do print(l) end').out,
    "nil\tnil\tnil\t0\n",
  );
  assert.equal(lua.asked(), 0);
});

test("much input in small pieces takes no longer than its size", () => {
  const lua = reading(Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`));
  assert.deepEqual(lua.read('return #io.read("a")').values, [208890n]);
});

test("a finalizer that reads disturbs nothing", () => {
  const lua = reading(Array.from({ length: 400 }, (_, i) => `${i}\n`.padStart(i % 40, "x")));
  const { ok, text } = lua.read(
    'local function again() setmetatable({}, {__gc = function() io.read(3) again() end}) end again() collectgarbage("generational") for i = 1, 200 do io.read("L", 2000 // i) end collectgarbage()',
  );
  assert.ok(ok, text);
});
