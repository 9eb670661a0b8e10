// How many messages a run in a LuaPool takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessagePort } from "node:worker_threads";
import { LuaPool } from "../../js/dist/node.js";
import { memoryStore } from "../../js/dist/stores.js";

const COUNT = "Memory.n = (Memory.n or 0) + 1 return Memory.n";

/** Messages through ports that this thread sends and gets while `task` runs. */
async function counted(task) {
  const { postMessage, on } = MessagePort.prototype;
  const messages = { sent: 0, got: 0 };
  MessagePort.prototype.postMessage = function (...args) {
    messages.sent++;
    return postMessage.apply(this, args);
  };
  MessagePort.prototype.on = function (event, listener) {
    return on.call(this, event, what => {
      messages.got++;
      listener(what);
    });
  };
  try {
    await task(messages);
  } finally {
    Object.assign(MessagePort.prototype, { postMessage, on });
  }
}

test("a run that commits takes two messages, when another one of its name follows", () =>
  counted(async messages => {
    const pool = new LuaPool({ threads: 1, options: () => ({ store: memoryStore(new Map()) }) });
    await pool.run("a", COUNT);
    const runs = 100;
    Object.assign(messages, { sent: 0, got: 0 });
    await Promise.all(Array.from({ length: runs }, () => pool.run("a", COUNT)));
    const { sent, got } = messages;
    assert.ok(sent >= runs && sent < 1.2 * runs, `${sent} sent`);
    assert.ok(got >= runs && got < 1.2 * runs, `${got} received`);
    assert.deepEqual((await pool.run("a", "return Memory.n")).values, [runs + 1]);
    await pool.close();
  }));
