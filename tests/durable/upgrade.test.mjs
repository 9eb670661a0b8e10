// A program of an older lua.wasm: it goes on with the module that made it, and migrate leaves that.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { LuaPersistent } from "../../js/dist/index.js";
import { after, never, shelf, until, values } from "./kept.mjs";

const CURRENT = readFileSync(new URL("../../web/lua.wasm", import.meta.url));
/** Another module: the same code, with a custom section that says so. */
const OLDER = Buffer.concat([CURRENT, Buffer.from([0, 4, 3]), Buffer.from("old")]);

/** A program of the older module, in which something waits. */
async function older(t, host = { wait: never }) {
  const it = shelf(t);
  const lua = await it.open({ wasm: OLDER, host });
  lua.run("x = 1 Memory.x = 1 function f() return x end local got = host.wait() x = got").catch(() => {});
  await lua.run("");
  return { left: it.killed(), hash: lua.wasmHash };
}

test("it opens with the module that made it, and says so", async t => {
  const { left, hash } = await older(t);
  const lua = await left.open({ host: { wait: async () => 7 } });
  assert.equal(lua.isOlder, true);
  assert.equal(lua.wasmHash, hash);
  await until(async () => (await values(lua, "return f()"))[0] === 7);
  assert.equal((await left.killed().open({ host: { wait: never } })).isOlder, true);
});

/** lua.wasm with other code for the same: small functions are where they are called. */
function compiledOtherwise(t) {
  const folder = mkdtempSync(join(tmpdir(), "lua-otherwise-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = name => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const features = ["exception-handling", "bulk-memory", "sign-ext", "nontrapping-float-to-int", "mutable-globals"];
  const file = join(folder, "older.wasm");
  execFileSync(at("node_modules/.bin/wasm-opt"), [
    "--mvp-features",
    ...features.map(name => `--enable-${name}`),
    ...["--inlining", "--vacuum", at("web/lua.wasm"), "-o", file],
  ]);
  return readFileSync(file);
}

test("a program of a module with other code goes on in that, with frames in its midst, and migrate leaves it", async t => {
  const wasm = compiledOtherwise(t);
  assert.notEqual(wasm.length, CURRENT.length);
  const it = shelf(t);
  const lua = await it.open({ wasm, host: { wait: never } });
  lua
    .run(
      `ids = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) ids() Memory.x = { 1 }
      local function deep(n) if n == 0 then return host.wait() end return (deep(n - 1)) .. n end
      got = select(2, pcall(deep, 20))`,
    )
    .catch(() => {});
  await lua.run("");
  const again = await it.killed().open({ host: { wait: async () => "answer" } });
  assert.deepEqual([again.isOlder, again.wasmHash], [true, lua.wasmHash]);
  await until(async () => (await values(again, "return got"))[0]);
  const numbers = Array.from({ length: 20 }, (_, at) => at + 1).join("");
  assert.deepEqual(await values(again, "return got, ids(), Memory.x[1]"), [`answer${numbers}`, 2, 1]);
  assert.deepEqual((await again.migrate("return got, ids, Memory.x[1]")).values, [undefined, undefined, 1]);
  const current = await LuaPersistent.open();
  t.after(() => current.close());
  assert.deepEqual([again.isOlder, again.wasmHash], [false, current.wasmHash]);
});

test("a program of the same module is not older", async t => {
  const { left } = await older(t);
  assert.equal((await left.open({ wasm: OLDER, host: { wait: never } })).isOlder, false);
});

test("the module is stored once, and compressed", async t => {
  const { left } = await older(t);
  const modules = [...left.records].filter(([name]) => name.startsWith("module/"));
  assert.equal(modules.length, 1);
  assert.ok(modules[0][1].length < 0.55 * OLDER.length, `${modules[0][1].length} bytes`);
});

test("migrate begins anew with the newer module: tables stay, the script runs, what waited is told", async t => {
  const { left } = await older(t);
  let aborted;
  const wait = LuaPersistent.hostFunction(
    ({ signal }) => (signal.addEventListener("abort", () => (aborted = signal.reason)), never()),
  );
  const lua = await left.open({ host: { wait } });
  const { values: found } = await lua.migrate("y = 2 Memory.y = 2 return x, Memory.x, ...", { args: [3] });
  assert.deepEqual(found, [undefined, 1, 3]);
  assert.equal(lua.isOlder, false);
  assert.match(aborted.message, /Lua was begun anew by migrate, and what waited in it is lost/);
  const moved = left.killed();
  assert.deepEqual(
    [...moved.records.keys()].filter(name => /^(module|host)\//.test(name)),
    [`module/${lua.wasmHash}`],
  );
  const again = await moved.open();
  assert.equal(again.isOlder, false);
  assert.deepEqual(await values(again, "return x, y, Memory.x, Memory.y"), [undefined, 2, 1, 2]);
});

test("a start script that fails changes nothing in the store, and can be tried again", async t => {
  const { left } = await older(t);
  const lua = await left.open({ host: { wait: never } });
  await assert.rejects(lua.migrate("Memory.x = 2 y = 2 error('no')"), { message: "run 1:1: no" });
  await assert.rejects(lua.run("return 1"), {
    message:
      "the start script of the new lua.wasm has failed, and nothing was changed: call migrate again, or open again",
  });
  await assert.rejects(lua.migrate("Memory.x = = 2"), { name: "LuaError" });
  await after(1);
  const again = await left.killed().open({ host: { wait: async () => 8 } });
  assert.equal(again.isOlder, true);
  await until(async () => (await values(again, "return x"))[0] === 8);
  assert.deepEqual(await values(again, "return Memory.x, y"), [1, undefined]);
  assert.deepEqual((await lua.migrate("y = 3 return Memory.x")).values, [1]);
  assert.deepEqual(await values(await left.killed().open(), "return y, x"), [3, undefined]);
});

test("migrate takes the limits that open was given", async t => {
  const it = shelf(t);
  await (await it.open({ memoryLimit: 2 ** 21 })).run("x = 1");
  const lua = await it.killed().open({ memoryLimit: 2 ** 23 });
  await assert.rejects(lua.run("return #string.rep('x', 3e6)"), { limit: "memory" });
  assert.deepEqual((await lua.migrate("return #string.rep('x', 3e6)")).values, [3e6]);
});

test("migrate without code is what it was", async t => {
  const it = shelf(t);
  assert.equal((await it.open()).migrate().integerKeys, 0);
});

test("a program without its module opens with that module only", async t => {
  const it = shelf(t);
  const module = new WebAssembly.Module(OLDER);
  const hash = (await LuaPersistent.open({ wasm: OLDER })).wasmHash;
  const lua = await it.open({ wasm: module, wasmHash: hash });
  await lua.run("x = 1");
  const left = it.killed();
  const current = (await LuaPersistent.open()).wasmHash;
  await assert.rejects(left.open(), {
    kind: "version",
    message: `shelf was not opened: its program is one of another lua.wasm, whose bytes it does not have. That has the hash ${hash}, and the one given here ${current}`,
  });
  assert.deepEqual(await values(await left.open({ wasm: module, wasmHash: hash }), "return x"), [1]);
});
