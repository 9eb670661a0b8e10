// Functions of the host, synchronous ones (docs/abi.md section 9).
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./client.mjs";
import { storeHost, watched } from "./hosts.mjs";
import { LATER, NIL, held, hosting, message, named, raised, results, table } from "./functions.mjs";

const basic = () =>
  hosting({
    now: () => results(1.5),
    "http.text": (_, path) => results(`<${path}>`, 2n),
    echo: () => results(),
    fail: () => raised("no such file", "NotFound", 404n),
    gone: () => undefined,
  });

test("a function of the host gets its arguments and gives its results", () => {
  const lua = basic();
  assert.deepEqual(lua.ask('return host.now(), host.http.text("a.txt")').values, [1.5, "<a.txt>", 2n]);
  assert.deepEqual(lua.ask('return select("#", host.echo(nil, true, 7, 0.5, "x\\0y", {1, a = {}}, nil))').values, [0n]);
  assert.deepEqual(lua.calls.at(-1).slice(1), [
    "echo",
    [
      null,
      true,
      7n,
      0.5,
      "x\0y",
      {
        entries: [
          [1n, 1n],
          ["a", { entries: [] }],
        ],
      },
      null,
    ],
  ]);
});

test("tickets count up from 1 for the life of the state", () => {
  const lua = basic();
  lua.ask("host.now() host.now()");
  lua.ask("host.now()");
  assert.deepEqual(
    lua.calls.map(([ticket]) => ticket),
    [1, 2, 3],
  );
});

test("the same name is the same function", () => {
  assert.deepEqual(
    basic().ask("return host.now == host.now, host.http == host.http, type(host), type(host.http), type(host.now)")
      .values,
    [true, true, "table", "table", "function"],
  );
});

test("a field that is not there is named", () => {
  const lua = basic();
  assert.equal(lua.ask("return host.nothing").first, "chunk:1: the host has no 'host.nothing'");
  assert.equal(lua.ask("return host.http.get").first, "chunk:1: the host has no 'host.http.get'");
  assert.equal(lua.ask("return rawget(host, 1)").first, "chunk:1: the host has no 'host.1'");
});

test("scripts cannot change the tables", () => {
  const lua = basic();
  for (const source of [
    "host.now = 1",
    'rawset(host, "now", 1)',
    "host.http.x = 1",
    "setmetatable(host, {})",
    "debug.setmetatable(host, {})",
    "table.insert(host, 1)",
    "Memory.h = host",
  ]) {
    assert.equal(lua.ask(source).ok, false, source);
  }
  assert.equal(lua.ask("host.http.x = 1").first, "chunk:1: cannot change 'host.http.x'");
  assert.deepEqual(
    lua.ask("return debug.getmetatable(host), getmetatable(host), debug.getupvalue(host.now, 1), host.now()").values,
    [null, null, null, 1.5],
  );
});

test("an error of the host is a table that shows itself", () => {
  const lua = basic();
  assert.deepEqual(
    lua.ask("local ok, e = pcall(host.fail) return ok, e.message, e.name, e.code, e.host, tostring(e), getmetatable(e)")
      .values,
    [false, "no such file", "NotFound", 404n, "fail", "host.fail: no such file", false],
  );
  assert.match(lua.ask("host.fail()").text, /^host\.fail: no such file\nstack traceback:\n/);
});

test("a refused call names the function", () => {
  assert.equal(basic().ask("host.gone()").first, "chunk:1: the host refused host.gone");
});

for (const length of [16_000, 16_360, 16_384, 70_000, 3_000_000]) {
  test(`an answer of ${length} bytes is whole`, () => {
    const lua = hosting({ long: () => results("x".repeat(length), 5n) });
    assert.deepEqual(lua.ask("local s, n = host.long() return #s, n").values, [BigInt(length), 5n]);
  });
}

test("a malformed answer is an error", () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.of(3),
    Buffer.of(0),
    Buffer.of(2, 0),
    Buffer.concat([Buffer.of(0), message(named("nothing"))]),
    Buffer.concat([Buffer.of(0), message(held(1))]),
    Buffer.concat([results(), NIL]),
  ]) {
    assert.equal(hosting({ bad: () => bytes }).ask("host.bad()").first, "chunk:1: malformed message");
  }
});

test("functions of the host go both ways by name", () => {
  const lua = hosting({
    give: (_, f) => {
      assert.deepEqual(f, { named: "a.b" });
      return results(named("a.b"), table(["f", named("give")]));
    },
    "a.b": () => results(),
  });
  assert.deepEqual(lua.ask("local f, t = host.give(host.a.b) return f == host.a.b, t.f == host.give, f").values, [
    true,
    true,
    { named: "a.b" },
  ]);
});

test("Lua functions go out by reference, the same under the same, until they are released", () => {
  const lua = basic();
  const [a, again, b] = lua.ask("f = function(x) return x + 1 end return f, f, print").values;
  assert.deepEqual(a, again);
  assert.notDeepEqual(a, b);
  lua.exports.run_gc();
  assert.deepEqual(lua.request("call", held(a.held), 41n).values, [42n]);
  assert.deepEqual(lua.ask("return ... == f", held(a.held)).values, [true]);
  assert.equal(lua.request("release", held(a.held), held(b.held)).ok, true);
  assert.equal(lua.request("call", held(a.held), 1n).first, "malformed message");
  assert.notDeepEqual(lua.ask("return f").values, [a]);
});

test("a host that cannot release gets functions as they are shown", () => {
  const lua = hosting({ take: () => results() }, { services: "host" });
  lua.run("host.take(print, host.take)");
  assert.match(lua.calls[0][2][0].shown, /^builtin: |^function: /);
  assert.deepEqual(lua.calls[0][2][1], { named: "take" });
});

test("the operation host says which functions there are from now on", () => {
  const lua = basic();
  lua.ask("now = host.now http = host.http");
  assert.equal(lua.request("host", "http.text", "echo").ok, true);
  assert.equal(lua.ask("return host.now").first, "chunk:1: the host has no 'host.now'");
  assert.deepEqual(lua.ask('return host.http == http, (http.text("b"))').values, [true, "<b>"]);
  assert.equal(lua.request("host", "now").ok, true);
  assert.deepEqual(lua.ask("return host.now == now").values, [true]);
});

test("a name may be both a function and a table of an earlier offer", () => {
  const lua = hosting({ a: () => results(1n), "b.c": () => results(2n) });
  lua.request("host", "a.x", "b");
  assert.deepEqual(lua.ask("return type(host.a), type(host.b)").values, ["table", "function"]);
});

test("what a host sees that offers neither are the calls as ever", () => {
  const log = [];
  const lua = open(watched(storeHost(), (name, [table, key]) => log.push(`${name} ${table} ${key ?? ""}`.trim())));
  assert.equal(
    lua.run(
      'Memory.a = 1 return host, #package.searchers, io.read(), io.read("n", "a"), Memory.a, #io.stdin:read("a")',
    ),
    "nil\t1\tnil\tnil\t1\t0",
  );
  assert.match(
    lua.run('return select(2, pcall(require, "m"))'),
    /^module 'm' not found:\n\tno field package\.preload\['m'\]$/,
  );
  assert.deepEqual(log, ["get -1 services", "set 1 a", "get 1 a"]);
});

test("a call outside a task that the host is not ready for is abandoned", () => {
  const lua = hosting({ wait: () => LATER });
  const step = lua.ask("host.wait()");
  assert.deepEqual([step.first, step.abandoned], ["chunk:1: host.wait: cannot wait here (outside a task)", [1]]);
});

test("a function of the host is called in any state of the stack", () => {
  const lua = hosting({ f: (_, ...args) => results(...args.map(n => n)) });
  assert.deepEqual(lua.ask('return select("#", host.f(table.unpack({}, 1, 0)))').values, [0n]);
  assert.deepEqual(
    lua.ask('local t = {} for i = 1, 5000 do t[i] = i end return select("#", host.f(table.unpack(t)))').values,
    [5000n],
  );
});
