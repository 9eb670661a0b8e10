// Images of a Lua in which something waits for the host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaPersistent } from "../../js/dist/index.js";
import { after, open, values } from "./opened.mjs";

const never = () => new Promise(() => {});
const CODE = "local ok, a, b = pcall(host.wait, 'x', {1}) Memory.got = {tostring(ok), tostring(a), b}";

/** An image in which `code` waits, opened with the function `wait` and `options`. */
async function reopened(t, wait, options = {}, code = CODE) {
  const lua = await open(t, { wait: never });
  lua.run(code).catch(() => {});
  await lua.run("");
  const again = await LuaPersistent.openImage(await lua.saveImage(), { host: wait && { wait }, ...options });
  t.after(() => again.close({ discard: true }));
  await after(5);
  await again.run("");
  return again;
}
const got = async lua => values(lua, "return ext.copy(Memory.got)").then(([list]) => list);

test("without onRestore the call is an error in Lua that says so", async t => {
  const lua = await reopened(t, never);
  assert.deepEqual(await got(lua), [
    "false",
    "host.wait: it was waiting when the image was saved, and is not called again",
  ]);
});

test("onRestore: again calls the function once more", async t => {
  const seen = [];
  const wait = LuaPersistent.hostFunction(
    (call, ...args) => (seen.push([call.id, call.name, args]), LuaPersistent.results("again", "b")),
    { onRestore: "again" },
  );
  assert.deepEqual(await got(await reopened(t, wait)), ["true", "again", "b"]);
  assert.deepEqual(seen, [[1, "wait", ["x", [1]]]]);
});

test("a function as onRestore is called instead, with the same arguments", async t => {
  const wait = LuaPersistent.hostFunction(never, { onRestore: async (call, x, list) => `${call.name} ${x} ${list}` });
  assert.deepEqual(await got(await reopened(t, wait)), ["true", "wait x 1"]);
});

test("a function that is not there any more is an error in Lua", async t => {
  assert.deepEqual(await got(await reopened(t, undefined)), [
    "false",
    "host.wait: the host has no such function any more",
  ]);
});

test("host.sleep sleeps again", async t => {
  const lua = await open(t);
  lua.run("host.sleep(0.03) Memory.got = {'awake'}").catch(() => {});
  await lua.run("");
  const again = await LuaPersistent.openImage(await lua.saveImage());
  t.after(() => again.close());
  assert.deepEqual(await values(again, "return Memory.got"), [undefined]);
  await after(60);
  assert.deepEqual(await got(again), ["awake"]);
});

test("arguments that are functions can be called, others of before are released", async t => {
  const lua = await open(t, { wait: never });
  const [f] = await values(
    lua,
    "weak = setmetatable({}, {__mode = 'v'}) weak[1] = function() return weak end return weak[1]",
  );
  lua.run("host.wait(function(x) return x + 1 end)").catch(() => {});
  await lua.run("");
  let given;
  const wait = LuaPersistent.hostFunction(never, { onRestore: (call, g) => ((given = g), never()) });
  const again = await LuaPersistent.openImage(await lua.saveImage(), { host: { wait } });
  t.after(() => again.close({ discard: true }));
  await after(1);
  assert.deepEqual(await given.call(1), [2]);
  await again.run("collectgarbage() collectgarbage()");
  assert.deepEqual(await values(again, "return weak[1]"), [undefined]);
  assert.deepEqual(await f.call().then(([weak]) => weak.length), 1);
});

test("an error of a task that goes on is reported", async t => {
  const reported = [];
  globalThis.reportError = error => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  await reopened(t, never, {}, "host.wait()");
  assert.deepEqual(reported, ["host.wait: it was waiting when the image was saved, and is not called again"]);
});

test("in a worker the page's onRestore decides", async t => {
  const lua = await open(t, { wait: never });
  lua.run(CODE).catch(() => {});
  await lua.run("");
  const wait = LuaPersistent.hostFunction((call, x) => x + x, { onRestore: "again" });
  const worker = await LuaPersistent.openWorker({ host: { wait }, image: await lua.saveImage() });
  t.after(() => worker.terminate());
  await after(20);
  assert.deepEqual((await worker.run("return ext.copy(Memory.got)")).values, [["true", "xx"]]);
});

test("an image of an image in which something still waits", async t => {
  const wait = () => LuaPersistent.hostFunction(never, { onRestore: "again" });
  const lua = await reopened(t, wait());
  const third = await LuaPersistent.openImage(await lua.saveImage(), {
    host: { wait: LuaPersistent.hostFunction(() => "third", { onRestore: "again" }) },
  });
  t.after(() => third.close());
  await after(5);
  assert.deepEqual(await got(third), ["true", "third"]);
});
