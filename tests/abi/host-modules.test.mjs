// Modules of the host (docs/abi.md section 9): `package.searchers[2]` asks `host.module` for their source.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./client.mjs";
import { LATER, NIL, hosting, raised, results } from "./functions.mjs";

const SOURCES = {
  plain: "local name, extra = ... return {name = name, extra = extra}",
  nested: 'local plain = require "plain" return {inner = plain, line = debug.getinfo(1, "S").source}',
  wrong: "\nx = = 1",
  fails: '\nerror("at load")',
  nothing: "loadedNothing = true",
  waits: 'local a = host.wait("from a module") return a',
};

function withModules({ later = false } = {}) {
  const asked = new Map();
  const source = name => [Object.hasOwn(SOURCES, name) ? SOURCES[name] : null];
  const answer =
    give =>
    (ticket, ...args) => {
      const values = give(...args);
      if (!later) return results(...values);
      asked.set(ticket, values);
      return LATER;
    };
  const lua = hosting({ module: answer(source), wait: answer(value => [value]) });
  lua.go = code => lua.finish(code, ticket => asked.get(ticket));
  return lua;
}

for (const later of [false, true]) {
  const when = later ? "later" : "at once";
  test(`require finds what the host gives ${when}, and keeps it`, () => {
    const lua = withModules({ later });
    assert.deepEqual(
      lua.go(
        'local m, data = require "plain" return m.name, m.extra, data, m == require "plain", m == package.loaded.plain',
      ).values,
      ["plain", "plain", "plain", true, true],
    );
    assert.deepEqual(lua.go('local m = require "nested" return m.inner == require "plain", m.line').values, [
      true,
      "@nested",
    ]);
    assert.deepEqual(lua.go('return require "nothing", loadedNothing').values, [true, true]);
    assert.equal(lua.calls.length, 3);
  });

  test(`a module given ${when} that the host has not is not found, and the message says where it was looked for`, () => {
    assert.equal(
      withModules({ later })
        .go('require "a.b"')
        .first.replace(/^task:1: /, ""),
      "module 'a.b' not found:",
    );
    assert.match(
      withModules({ later }).go('require "a.b"').text,
      /^(task:1: )?module 'a\.b' not found:\n\tno field package\.preload\['a\.b'\]\n\tno module 'a\.b' of the host\n/,
    );
  });

  test(`a module given ${when} that does not compile, or fails, is an error with its name and line`, () => {
    const lua = withModules({ later });
    assert.match(
      lua.go('require "wrong"').text,
      /error loading module 'wrong':\n\twrong:2: unexpected symbol near '='/,
    );
    assert.equal(lua.go('require "fails"').first, "fails:2: at load");
    assert.deepEqual(lua.go('return package.loaded.fails, pcall(require, "fails")').values, [
      null,
      false,
      "fails:2: at load",
    ]);
  });

  test(`a module given ${when} may wait itself, in pcall and in a coroutine`, () => {
    const lua = withModules({ later });
    assert.deepEqual(
      lua.go('return select(2, pcall(coroutine.wrap(function() return (require "waits") end)))').values,
      ["from a module"],
    );
  });
}

test("what is in package.preload, and what a script adds to the searchers, is found", () => {
  const lua = withModules();
  assert.deepEqual(lua.ask('package.preload.plain = function() return 1 end return (require "plain")').values, [1n]);
  assert.deepEqual(
    lua.ask(
      'table.insert(package.searchers, function(name) return function() return name .. "!" end end) return (require "other")',
    ).values,
    ["other!"],
  );
  assert.deepEqual(lua.ask("return #package.searchers").values, [3n]);
});

test("an error of the host passes through require", () => {
  const lua = hosting({ module: () => raised("no network", "TypeError") });
  assert.deepEqual(lua.ask('local ok, e = pcall(require, "m") return ok, tostring(e)').values, [
    false,
    "host.module: no network",
  ]);
});

test("a searcher that waits where that cannot be is an error by name", () => {
  const lua = withModules({ later: true });
  assert.equal(lua.ask('require "plain"').first, "host.module: cannot wait here (outside a task)");
  assert.match(
    lua.start('local s = string.gsub("x", "x", function() require "plain" end)').first,
    /host\.module: cannot wait here \(inside string\.gsub\)$/,
  );
});

test("without the name module the second searcher finds nothing and says nothing", () => {
  const lua = hosting({ now: () => results() });
  assert.match(lua.ask('require "m"').text, /module 'm' not found:\n\tno field package\.preload\['m'\]\nstack/);
});

test("the name module may come with the operation host", () => {
  const lua = hosting({ module: () => results("return 5") }, { names: [] });
  assert.match(lua.ask('require "m"').text, /not found/);
  lua.request("host", "module");
  assert.deepEqual(lua.ask('return (require "m")').values, [5n]);
});

test("a plain host has one searcher", () => {
  const lua = open();
  assert.equal(
    lua.run('return #package.searchers, pcall(require, "m")'),
    "1\tfalse\tmodule 'm' not found:\n\tno field package.preload['m']",
  );
  assert.equal(
    lua.run('return io.read(), io.read("n"), io.read(0), io.read("a"), io.read("l", "n")'),
    "nil\tnil\tnil\t\tnil",
  );
});

test("no source at all is no module, whatever else the host gives", () => {
  for (const value of [NIL, true, Buffer.concat([Buffer.of(8), Buffer.alloc(4)])]) {
    assert.match(hosting({ module: () => results(value) }).ask('require "m"').text, /no module 'm' of the host/);
  }
});
