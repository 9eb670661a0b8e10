#!/usr/bin/env node
// Processes share actors by a database, and are killed at random while a load generator sends numbers to the actors. Each actor
// does something of its own later, for each number. In the end nothing was lost, and nothing happened twice.
// Usage: node examples/actors/main.mjs [--database postgres://…] [--actors 1000] [--processes 4] [--seconds 30] [--later 5]
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { LuaPersistent } from "../../js/dist/index.js";
import { AskedProcess } from "./asked.mjs";
import { openPlace } from "./places.mjs";

/** How many numbers are under way at once. */
const CALLERS = 40;
/** Milliseconds between two kills, unless half of the processes are away already. */
const BETWEEN = 1000;
/** Seconds in which all actors have done what they had to, after the last number. */
const PATIENCE = 120;

/**
 * @param {object} options
 * @param {string} options.database `postgres://…`, or a folder for files of SQLite
 * @param {number} options.actors @param {number} options.processes how many there are
 * @param {number} options.seconds of the load
 * @param {number} options.later seconds after which an actor remembers a number
 * @returns {Promise<{sent: number, refused: number, kills: number, reminders: number}>}
 * @throws {AssertionError} naming the actor that has lost a number, or has one twice
 */
export async function run({ database, actors, processes, seconds, later }) {
  const script = new URL("process.mjs", import.meta.url);
  const all = Array.from({ length: processes }, () => new AskedProcess(script, [database, String(later)]));
  await Promise.all(all.map(each => each.start()));
  const place = await openPlace(database);
  try {
    const totals = await load(all, { actors, seconds });
    return { ...totals, reminders: await allRemembered(place, totals.counts) };
  } finally {
    for (const each of all) if (each.isThere) await each.kill();
    await place.close();
  }
}

const nameOf = i => `actor-${i}`;

/** Usually the same process for an actor. */
function processFor(all, i) {
  const own = all[i % all.length];
  if (own.isThere && Math.random() > 0.05) return own;
  const there = all.filter(each => each.isThere);
  return there[Math.floor(Math.random() * there.length)];
}

async function load(all, { actors, seconds }) {
  /** How many numbers each has answered for. */
  const counts = new Array(actors).fill(0);
  const totals = { sent: 0, refused: 0, kills: 0, counts };
  const end = performance.now() + 1000 * seconds;

  /** Sends one number after the other to one actor after the other; after an error it looks whether that had come. */
  async function send(first, step) {
    const isUnsure = new Set();
    for (let i = first; performance.now() < end || isUnsure.size > 0; i = i + step < actors ? i + step : first) {
      if (performance.now() >= end && !isUnsure.has(i)) continue;
      const number = isUnsure.has(i) ? undefined : counts[i] + 1;
      const { count, error } = (await processFor(all, i)?.ask({ name: nameOf(i), number })) ?? {
        error: "none is there",
      };
      if (error) {
        totals.refused++;
        isUnsure.add(i);
        await setTimeout(50);
        continue;
      }
      const expected = isUnsure.delete(i) ? [counts[i], counts[i] + 1] : [counts[i] + 1];
      assert.ok(expected.includes(count), `${nameOf(i)} has ${count} numbers, and had answered for ${counts[i]}`);
      totals.sent += count - counts[i];
      counts[i] = count;
    }
  }

  async function kill() {
    const restarts = [];
    while (performance.now() < end) {
      await setTimeout(BETWEEN);
      const there = all.filter(each => each.isThere);
      // Starting takes a while: somebody has to be there.
      if (there.length <= all.length / 2) continue;
      const one = there[Math.floor(Math.random() * there.length)];
      totals.kills++;
      restarts.push(one.kill().then(() => one.start()));
    }
    await Promise.all(restarts);
  }

  const callers = Math.min(CALLERS, actors);
  await Promise.all([kill(), ...Array.from({ length: callers }, (_, i) => send(i, callers))]);
  return totals;
}

/** A store that keeps nobody from writing to it. */
function readOnly(store) {
  return {
    label: store.label,
    load: () => store.load(),
    commit: () => {},
    clear: () => {},
    close: () => store.close?.(),
    lock: () => ({ readOnly: true, release() {} }),
  };
}

/** What an actor has, without waking it: tables of a program can be read. */
async function read(place, name) {
  const lua = await LuaPersistent.open({ store: readOnly(place.storeOf(name)), persist: "tables" });
  try {
    const { values } = await lua.run(`
      local log, isWhole = Memory.log or {}, true
      for n = 1, #log do isWhole = isWhole and log[n] == n end
      return #log, isWhole, Memory.reminders or 0`);
    return values;
  } finally {
    await lua.close({ discard: true });
  }
}

/** Waits until each actor has remembered all its numbers, by itself. */
async function allRemembered(place, counts) {
  const end = performance.now() + 1000 * PATIENCE;
  let reminders = 0;
  for (const [i, count] of counts.entries()) {
    for (;;) {
      const [length, isWhole, remembered] = count > 0 ? await read(place, nameOf(i)) : [0, true, 0];
      assert.ok(isWhole, `the log of ${nameOf(i)} has a gap, or a number twice`);
      assert.equal(length, count, `${nameOf(i)} has ${length} numbers, and had answered for ${count}`);
      assert.ok(remembered <= count, `${nameOf(i)} has remembered ${remembered} of ${count} numbers`);
      if (remembered === count) break;
      assert.ok(performance.now() < end, `${nameOf(i)} has remembered only ${remembered} of ${count} numbers`);
      await setTimeout(200);
    }
    reminders += count;
  }
  return reminders;
}

async function main() {
  const { values } = parseArgs({
    options: {
      database: { type: "string" },
      actors: { type: "string", default: "1000" },
      processes: { type: "string", default: "4" },
      seconds: { type: "string", default: "30" },
      later: { type: "string", default: "5" },
    },
  });
  const folder = values.database ? null : mkdtempSync(path.join(tmpdir(), "actors-"));
  const database = values.database ?? folder;
  const [actors, processes, seconds, later] = ["actors", "processes", "seconds", "later"].map(name =>
    Number(values[name]),
  );
  console.log(`${processes} processes share ${actors} actors in ${database}`);
  try {
    const { sent, refused, kills, reminders } = await run({ database, actors, processes, seconds, later });
    console.log(`${sent} numbers were answered for, ${refused} refused, and ${kills} processes killed`);
    console.log(`all ${reminders} numbers are there, in order, once, and were remembered once`);
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
