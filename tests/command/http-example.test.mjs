// examples/http/: users' scripts over HTTP, with limits.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Machines } from "../../examples/http/machines.mjs";
import { createServer } from "../../examples/http/server.mjs";

/** A server, which ends with the test. @returns sends a script, and gives status and body of the answer */
async function serve(t, options) {
  const folder = mkdtempSync(path.join(tmpdir(), "lua-http-"));
  const machines = new Machines(folder, options);
  const server = createServer(machines).listen(0, "localhost");
  await once(server, "listening");
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await machines.close();
    rmSync(folder, { recursive: true });
  });
  const origin = `http://localhost:${server.address().port}`;
  const send = async (name, body, method = "POST") => {
    const response = await fetch(`${origin}${name.startsWith("/") ? name : `/run/${name}`}`, { method, body });
    return { status: response.status, body: await response.json() };
  };
  return Object.assign(send, { origin, machines });
}

test("a script's output and values come back, and Memory is each user's own", async t => {
  const send = await serve(t);
  const code = "Memory.n = (Memory.n or 0) + 1 print('hi') return Memory.n, { x = { 1 } }";
  assert.deepEqual(await send("ann", code), { status: 200, body: { output: "hi\n", values: [1, { x: [1] }] } });
  assert.deepEqual((await send("ann", code)).body.values[0], 2);
  assert.deepEqual((await send("bob", code)).body.values[0], 1);
});

test("values that JSON has not have a form", async t => {
  const send = await serve(t);
  const { body } = await send(
    "ann",
    "return math.maxinteger, '\\xff', { 1, nil, 3 }, nil, print, coroutine.create(print)",
  );
  assert.deepEqual(body.values.slice(0, 4), ["9223372036854775807", { bytes: "/w==" }, [1, null, 3], null]);
  assert.match(body.values.slice(4).join(), /^function.*,thread/);
  const { status, body: refusal } = await send("ann", "local t = {} t.t = t return t");
  assert.deepEqual([status, refusal.error.message.slice(0, 29)], [422, "the values cannot be JSON: Co"]);
});

test("values that are small in Lua and without an end as JSON are refused", async t => {
  const send = await serve(t);
  const { status, body } = await send("ann", "local t = {} for i = 1, 100 do t = { t, t } end return t");
  assert.deepEqual([status, body.error.message], [422, "the values cannot be JSON: they are too large"]);
});

test("errors and limits are the script's fault, and the next script runs", async t => {
  const send = await serve(t, { limits: { timeout: 60_000, instructionLimit: 1e9 } });
  const failed = await send("ann", "print('so far')\nerror('no')");
  assert.deepEqual([failed.status, failed.body.error.message, failed.body.error.line], [422, "ann:2: no", 2]);
  assert.equal(failed.body.error.output, "so far\n");
  for (const [code, limit] of [
    ["while true do end", "instructions"],
    ["local t = {} while true do t[#t + 1] = ('x'):rep(1e6) end", "memory"],
    ["for i = 1, 1e6 do Memory[i] = ('x'):rep(1e5) end", "tables"],
  ]) {
    const { status, body } = await send("ann", code);
    assert.deepEqual([status, body.error.limit], [422, limit], code);
  }
  assert.deepEqual((await send("ann", "return 5")).body.values, [5]);
});

test("what makes no sense is refused", async t => {
  const send = await serve(t);
  assert.equal((await send("/", "return 1")).status, 404);
  assert.equal((await send("/run/..%2fann", "return 1")).status, 404);
  assert.equal((await send("ann", undefined, "GET")).status, 405);
  assert.equal((await send("ann", Buffer.from([255]))).status, 400);
  const long = await send("ann", `--${"x".repeat(70_000)}`).catch(error => error);
  assert.ok(long.status === 413 || long instanceof TypeError);
});

test("a machine makes room for another user, and its tables are kept", async t => {
  const send = await serve(t, { most: 1 });
  await send("ann", "Memory.x = 'kept' y = 1");
  assert.deepEqual((await send("bob", "return Memory.x")).body.values, [null]);
  assert.deepEqual((await send("ann", "return Memory.x, y")).body.values, ["kept", null]);
});

test("time is a limit, of waiting too", async t => {
  const send = await serve(t, { limits: { timeout: 50, instructionLimit: undefined } });
  for (const code of ["while true do end", "host.sleep(100)"])
    assert.equal((await send("ann", code)).body.error.limit, "time", code);
});

test("who finds all machines at work, or has asked for too much, is told to come back", async t => {
  const send = await serve(t, { most: 1, waiting: 1 });
  const first = [send.machines.run("ann", "host.sleep(0.1)"), send.machines.run("ann", "return 1")];
  await assert.rejects(send.machines.run("ann", "return 1"), { message: "2 runs of 'ann' are not done yet" });
  assert.deepEqual(await send("bob", "return 1"), {
    status: 503,
    body: { error: { message: "all machines are at work" } },
  });
  await Promise.all(first);
  assert.equal((await send("bob", "return 1")).status, 200);
});

test("there is an end to the number of users", async t => {
  const send = await serve(t, { users: 1 });
  assert.equal((await send("ann", "Memory.x = 1")).status, 200);
  const { status, body } = await send("bob", "return 1");
  assert.deepEqual([status, body.error.message], [507, "there are as many users as there may be"]);
});

test("a run ends when whoever asked is gone, and leaves nothing", async t => {
  const send = await serve(t, { limits: { timeout: 600_000, instructionLimit: undefined } });
  assert.equal((await send("ann", "Memory.x = 1")).status, 200);
  const request = http.request(`${send.origin}/run/ann`, { method: "POST" }).on("error", () => {});
  request.end("Memory.x = 2 while true do end");
  await once(request, "finish");
  await new Promise(resolve => setTimeout(resolve, 100));
  request.destroy();
  assert.deepEqual((await send("ann", "return Memory.x")).body.values, [1]);
});
