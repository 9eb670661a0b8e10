// Exposed objects: identity, methods and properties that are live, and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { after, collectGarbage, open, rejection, values } from "./opened.mjs";

class Player {
  #secret = 42;
  name = "Ann";
  hp = 10;
  friend = null;
  said = [];
  say(text) {
    this.said.push(text);
    return `${this.name}: ${text}`;
  }
  async walk(steps) {
    await after(1);
    this.hp -= steps;
    return LuaPersistent.results(this.hp, "walked");
  }
  fail() {
    throw new RangeError("no");
  }
  meet() {
    return this.friend;
  }
  get secret() {
    return this.#secret;
  }
}
const EXPOSURE = { methods: ["say", "walk", "fail", "meet"], properties: ["name", "hp", "friend"] };
const made = () => {
  const player = new Player();
  return { player, exposed: LuaPersistent.expose(player, EXPOSURE) };
};

for (const where of ["the page", "a worker"]) {
  const openIn = async (t, host) => {
    if (where === "the page") return open(t, host);
    const lua = await LuaPersistent.openWorker({ host });
    t.after(() => lua.terminate());
    return lua;
  };

  test(`methods and properties are live, in ${where}`, async t => {
    const { player, exposed } = made();
    const lua = await openIn(t, {});
    await lua.set("p", exposed);
    assert.deepEqual(await values(lua, 'return p:say("hi"), p.name, p.hp'), ["Ann: hi", "Ann", 10]);
    player.name = "Bob";
    assert.deepEqual(await values(lua, "p.hp = 5 return p.name, p.hp"), ["Bob", 5]);
    assert.equal(player.hp, 5);
    assert.deepEqual(await values(lua, "return p:walk(2)"), [3, "walked"]);
    assert.deepEqual(player.said, ["hi"]);
  });

  test(`an object is itself wherever it is, in ${where}`, async t => {
    const { player, exposed } = made();
    const seen = [];
    const lua = await openIn(t, { see: (...args) => void seen.push(...args) });
    await lua.set("p", exposed);
    const { player: other, exposed: second } = made();
    player.friend = other;
    assert.deepEqual(
      await values(
        lua,
        "local a, list = ... host.see(a, {list}) return a == p, list[1] == p, list.q ~= p, p.friend == list.q, p:meet() == p.friend",
        {
          args: [player, new Map([[1, exposed], ["q", second]])], // prettier-ignore
        },
      ),
      [true, true, true, true, true],
    );
    assert.equal(seen[0], player);
    assert.equal(seen[1][0].get(1), player);
    assert.equal(seen[1][0].get("q"), other);
    assert.equal((await values(lua, "return {p}"))[0][0], player);
  });

  test(`nothing else of it can be reached, in ${where}`, async t => {
    const { exposed } = made();
    const lua = await openIn(t, {});
    await lua.set("p", exposed);
    for (const name of ["secret", "said", "constructor", "__proto__", "toString", 1])
      assert.match(
        (await rejection(lua.run(`return p[${JSON.stringify(name)}]`))).message,
        /the object has no '.*', only say, walk, fail, meet, name, hp, friend$/,
      );
    assert.match(
      (await rejection(lua.run("p.said = 1"))).message,
      /the object has no property 'said' that can be set$/,
    );
    assert.match((await rejection(lua.run("p.say = 1"))).message, /the object has no property 'say' that can be set$/);
    assert.match((await rejection(lua.run("p.say('x')"))).message, /call it as object:say\(\.\.\.\)$/);
    assert.match((await rejection(lua.run("setmetatable(p, {})"))).message, /cannot change a protected metatable/);
    assert.match(
      (await rejection(lua.run("host.exposed.call('a-b-c-d', 'say')"))).message,
      /this object is not the host's any more$/,
    );
  });
}

test("an error of a method is that of any function of the host", async t => {
  const { exposed } = made();
  const lua = await open(t);
  const error = await rejection(lua.run("local p = ... p:fail()", { args: [exposed] }));
  assert.match(error.message, /no$/);
  assert.ok(error.cause instanceof RangeError);
});

test("its properties can be walked", async t => {
  const { exposed } = made();
  const lua = await open(t);
  assert.deepEqual(
    await values(
      lua,
      "local list = {} for k, v in pairs(...) do list[#list + 1] = k .. '=' .. tostring(v) end return list",
      { args: [exposed] },
    ),
    [["name=Ann", "hp=10", "friend=nil"]],
  );
});

test("call, eval, fresh globals and tasks take objects", async t => {
  const { player, exposed } = made();
  const lua = await open(t);
  await lua.run("function f(p, text) return p:say(text) end");
  assert.deepEqual(await lua.call("f", exposed, "a"), ["Ann: a"]);
  assert.deepEqual(await lua.get("f").call(player, "b"), ["Ann: b"]);
  assert.deepEqual(await values(lua, "local p = ... return p:say('c'), x", { args: [exposed], env: "fresh" }), [
    "Ann: c",
    undefined,
  ]);
  assert.equal(lua.eval("return (...).name", { args: [exposed] }), "Ann");
  assert.deepEqual(
    await values(lua, "return host.join(host.spawn(function(p) return p:say('d') end, ...))", { args: [exposed] }),
    ["Ann: d"],
  );
});

test("where an object cannot go is an error that says where it can", async t => {
  const { exposed } = made();
  const lua = await open(t, { get: () => exposed, later: async () => ({ a: exposed }) });
  for (const code of ["host.get()", "host.later()"])
    assert.match(
      (await rejection(lua.run(code))).message,
      /an exposed object cannot be a result of a function: expose an object with a method that gives it, or give it by set, call or the args of run/,
    );
  const game = LuaPersistent.expose({ player: () => exposed }, { methods: ["player"] });
  lua.set("game", game);
  assert.deepEqual(await values(lua, "return game:player() == game:player(), game:player().name"), [true, "Ann"]);
});

test("what is exposed is checked", () => {
  for (const [target, exposure, message] of [
    [5, {}, "expose takes an object, not number"],
    [null, {}, "expose takes an object, not null"],
    [{}, { methods: ["f"] }, "expose: the method 'f' is no function"],
    [{}, { properties: "x" }, "expose: properties must be an array of names"],
    [{}, { props: [] }, "expose: there is no option 'props', only methods, properties"],
  ]) {
    assert.throws(() => LuaPersistent.expose(target, exposure), { name: "TypeError", message });
  }
});

test("an object that Lua has no more is let go of", { skip: !collectGarbage }, async t => {
  const lua = await open(t);
  const dropped = [];
  const registry = new FinalizationRegistry(name => dropped.push(name));
  await (async () => {
    const { player, exposed } = made();
    registry.register(player, "player");
    await lua.run("local p = ... return p.name", { args: [exposed] });
  })();
  await lua.run("collectgarbage() collectgarbage()");
  for (let i = 0; i < 10 && dropped.length === 0; i++) {
    collectGarbage();
    await after(5);
  }
  assert.deepEqual(dropped, ["player"]);
});

test("an object that Lua gets anew, before the finalizer of what it had before has run, stays the host's", async t => {
  const { player, exposed } = made();
  player.friend = player;
  const lua = await open(t);
  const other = Object.assign(new Player(), { friend: player });
  lua.set("p", exposed);
  lua.set("q", LuaPersistent.expose(other, EXPOSURE));
  // What is marked last is finalized first.
  const code = `setmetatable({}, { __gc = function() again = q.friend end })
    p = nil collectgarbage() return again.name, again.friend == again`;
  assert.deepEqual(await values(lua, code), ["Ann", true]);
});
