// Processes that write to a store in files, and are killed.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { open, random } from "./fakes.mjs";

export const KILLS = Number(process.env.STORE_KILLS ?? (process.env.STORE_LONG === "1" ? 100 : 3));

/** A process that writes to the store, and says how far it is. @param kind the name of the function that opens it */
export async function writer(kind, path) {
  const child = fork(new URL("file-writer.mjs", import.meta.url), [kind, path], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const state = { child, committed: 0 };
  child.on("message", committed => (state.committed = committed));
  await once(child, "message");
  return state;
}

export async function kill({ child }) {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** @param {() => object} store opens it @param options how it is opened after each kill */
export async function killAtAnyMoment(kind, path, store, options = { whenBusy: "refuse" }) {
  const next = random(9);
  for (let i = 0; i < KILLS; i++) {
    const other = await writer(kind, path);
    await setTimeout(next(60));
    await kill(other);
    await checkWhole(other, await open(store(), options));
  }
}

/** What a writer has left is the state after some unit, no older than the last one it said to be committed. */
export async function checkWhole({ committed }, { tables, persistence }) {
  const units = new DataView(tables.get(1, "unit").buffer).getUint32(0);
  assert.ok(units >= committed, `${committed} units were committed, ${units} are there`);
  for (let k = 0; k < 20; k++) assert.deepEqual(tables.get(1, `copy${k}`), tables.get(1, "unit"));
  await persistence.close();
}

/** A second opening while a process writes waits, reads only, or is refused; it gets the lock when that process is killed. */
export async function waitForAnother(kind, path, store, label) {
  const other = await writer(kind, path);
  await assert.rejects(open(store(), { whenBusy: "refuse" }), {
    kind: "busy",
    message: `${label} is in use by another tab, worker or process. Close that one, or open this read-only`,
  });
  const reader = await open(store(), { whenBusy: "readOnly" });
  assert.equal(reader.persistence.readOnly, true);
  await reader.persistence.close();
  await assert.rejects(open(store(), { signal: AbortSignal.timeout(60) }), { name: "TimeoutError" });
  let isOpen = false;
  const waiting = open(store()).then(opened => ((isOpen = true), opened));
  await setTimeout(60);
  assert.equal(isOpen, false);
  await kill(other);
  assert.equal((await waiting).persistence.readOnly, false);
  await (await waiting).persistence.close();
}
