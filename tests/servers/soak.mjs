#!/usr/bin/env node
// Processes that share names by a database are asked to count, each name by itself, and one is killed every second. In the end
// every answer that was given is in the database, and no name's log has a gap or a number twice.
// Usage: node tests/servers/soak.mjs [--seconds 600] [--processes 4] [--names 2000] [--database postgres]; after build.sh and install.sh
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { LuaPersistent } from "../../js/dist/index.js";
import { DATABASES } from "./databases.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    processes: { type: "string", default: "4" },
    names: { type: "string", default: "2000" },
    database: { type: "string", default: "postgres" },
  },
});
const [SECONDS, PROCESSES, NAMES] = [values.seconds, values.processes, values.names].map(Number);
const CALLERS = 50;
const LEASE = 2000;
const database = DATABASES[values.database];

class Process {
  #child = null;
  #calls = new Map();
  #count = 0;
  bytes = 0;

  async start(address) {
    const child = fork(new URL("soak-process.mjs", import.meta.url), [
      values.database,
      JSON.stringify({ address, lease: LEASE }),
    ]);
    await once(child, "message");
    child.on("message", answer => {
      this.bytes = answer.bytes;
      this.#calls.get(answer.id)?.(answer);
      this.#calls.delete(answer.id);
    });
    child.once("exit", () => {
      for (const resolve of this.#calls.values()) resolve({ error: "killed" });
      this.#calls.clear();
      if (this.#child === child) this.#child = null;
    });
    this.#child = child;
  }

  get isThere() {
    return this.#child !== null;
  }

  /** @returns {Promise<{count?: number, error?: string}>} */
  ask(name, n) {
    const id = ++this.#count;
    return new Promise(resolve => {
      this.#calls.set(id, resolve);
      this.#child.send({ id, name, n }, () => {});
    });
  }

  async kill() {
    const child = this.#child;
    this.#child = null;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

const server = database.server();
await server.start();
const processes = Array.from({ length: PROCESSES }, () => new Process());
await Promise.all(processes.map(each => each.start(server.address)));

/** What was answered last, for each name. */
const counts = new Array(NAMES).fill(0);
const totals = { runs: 0, failures: 0, kills: 0 };
const end = performance.now() + 1000 * SECONDS;

/** Asks for the next number of one name after the other, from any process that is there. */
async function caller(first) {
  for (let i = first; performance.now() < end; i = i + CALLERS < NAMES ? i + CALLERS : first) {
    const there = processes.filter(each => each.isThere);
    // Usually the same one for a name.
    const which = there[Math.random() < 0.02 ? Math.floor(Math.random() * there.length) : i % there.length];
    const { count, error } = await which.ask(`name ${i}`, counts[i] + 1);
    if (error) totals.failures++;
    else {
      assert.equal(count, counts[i] + 1, `name ${i} is at ${count}, and ${counts[i]} was answered`);
      counts[i] = count;
      totals.runs++;
    }
  }
}

async function killer() {
  while (performance.now() < end) {
    await setTimeout(1000);
    const which = processes[Math.floor(Math.random() * PROCESSES)];
    if (!which.isThere) continue;
    await which.kill();
    totals.kills++;
    await which.start(server.address);
    if (totals.kills % 30 === 0) report();
  }
}

function report() {
  const megabytes = processes.map(({ bytes }) => Math.round(bytes / 2 ** 20)).join(", ");
  console.log(
    `${totals.runs} runs answered, ${totals.failures} refused, ${totals.kills} kills; MB of each: ${megabytes}`,
  );
}

await Promise.all([killer(), ...Array.from({ length: Math.min(CALLERS, NAMES) }, (_, i) => caller(i))]);
for (const each of processes) await each.kill();
report();

const client = await database.connect(server.address);
for (const [i, count] of counts.entries()) {
  const lua = await LuaPersistent.open({ store: database.storeOf(client, { name: `name ${i}`, lease: LEASE }) });
  const [found, isWhole] = (
    await lua.run(`
      local log = Memory.log or {}
      for n = 1, #log do if log[n] ~= n then return #log, false end end
      return #log, true`)
  ).values;
  assert.ok(isWhole, `the log of name ${i} has a gap or a number twice`);
  // The last one may have been made without an answer.
  assert.ok(found === count || found === count + 1, `name ${i} is at ${found}, and ${count} was answered`);
  await lua.close();
}
await database.end(client);
await server.stop();
console.log(`all ${totals.runs} answers of ${NAMES} names are there`);
