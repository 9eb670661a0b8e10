#!/usr/bin/env node
// Processes that share names by a database are asked to count, each name by itself, and one is killed every second, but for the
// first. In the end every answer that was given is in the database, no name's log has a gap or a number twice, and the memory of
// the first process has not grown.
// Usage: node tests/servers/soak.mjs [--seconds 600] [--processes 4] [--names 2000] [--database postgres]; after build.sh and install.sh
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { AskedProcess } from "../../examples/actors/asked.mjs";
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
const CALLERS = Math.min(50, NAMES);
const LEASE = 2000;
/**
 * How much more the process that is not killed may have in the second half than in the first, as the median of each: of what
 * JavaScript holds, and of memory as the system counts it, which depends on how many are open and what was collected when.
 */
const GROWTH = { heap: 1.1, bytes: 1.3 };
const database = DATABASES[values.database];

const server = database.server();
await server.start();
const script = new URL("soak-process.mjs", import.meta.url);
const settings = JSON.stringify({ address: server.address, lease: LEASE });
const processes = Array.from({ length: PROCESSES }, () => new AskedProcess(script, [values.database, settings]));
/** Bytes of each, and of its heap, as it said last. */
const memory = processes.map(() => ({ bytes: 0, heap: 0 }));
await Promise.all(processes.map(each => each.start()));

/** What was answered last, for each name. */
const counts = new Array(NAMES).fill(0);
const totals = { runs: 0, refused: 0, kills: 0 };
const begin = performance.now();
const end = begin + 1000 * SECONDS;
/** What the process that is not killed has, each second: in the first half, when it was warm, and in the second. */
const halves = [[], []];

/** Usually the same one for a name. */
function processFor(i) {
  const own = processes[i % PROCESSES];
  if (own.isThere && Math.random() > 0.02) return own;
  const there = processes.filter(each => each.isThere);
  return there[Math.floor(Math.random() * there.length)];
}

/** Asks for one name after the other: for its next number, or after an error for how many it has. */
async function caller(first) {
  const isUnsure = new Set();
  for (let i = first; performance.now() < end; i = i + CALLERS < NAMES ? i + CALLERS : first) {
    const number = isUnsure.has(i) ? undefined : counts[i] + 1;
    const which = processFor(i);
    const { count, error, bytes, heap } = await which.ask({ name: `name ${i}`, number });
    if (bytes) memory[processes.indexOf(which)] = { bytes, heap };
    if (error) {
      totals.refused++;
      isUnsure.add(i);
      continue;
    }
    const expected = isUnsure.delete(i) ? [counts[i], counts[i] + 1] : [counts[i] + 1];
    assert.ok(expected.includes(count), `name ${i} is at ${count}, and ${counts[i]} was answered`);
    counts[i] = count;
    totals.runs++;
  }
}

/** Kills one of those that are there, but for the first, and starts it again. */
async function killOne() {
  const there = processes.filter((each, i) => i > 0 && each.isThere);
  if (there.length === 0) return;
  const which = there[Math.floor(Math.random() * there.length)];
  totals.kills++;
  await which.kill();
  await which.start();
}

async function killer() {
  const kills = [];
  for (let second = 1; second < SECONDS; second++) {
    await setTimeout(Math.max(0, begin + 1000 * second - performance.now()));
    kills.push(killOne());
    if (second > SECONDS / 8) halves[second < SECONDS / 2 ? 0 : 1].push(memory[0]);
    if (second % 30 === 0) report();
  }
  await Promise.all(kills);
}

const megabytes = size => Math.round(size / 2 ** 20);

function report() {
  const { runs, refused, kills } = totals;
  const all = memory.map(({ bytes }) => megabytes(bytes)).join(", ");
  console.log(`${runs} runs answered, ${refused} refused, ${kills} kills; MB of each: ${all}`);
}

await Promise.all([killer(), ...Array.from({ length: CALLERS }, (_, i) => caller(i))]);
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
console.log(`all ${totals.runs} answers of ${NAMES} names are there, after ${totals.kills} kills`);
for (const [what, most] of Object.entries(GROWTH)) {
  const [first, second] = halves.map(half => half.map(each => each[what]).sort((a, b) => a - b)[half.length >> 1]);
  console.log(
    `${what} of the process that was not killed: ${megabytes(first)} MB in the first half, ${megabytes(second)} in the second`,
  );
  // A short run is not warm in its first half.
  if (SECONDS >= 120) assert.ok(second < first * most, "its memory grew");
}
