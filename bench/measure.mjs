// What is measured, and in which order: within a round every engine takes its turn, so that a busy spell of the machine
// meets all of them. An engine is `{name, open(), slow}`; a slow one takes part in every fourth round only.

import { setTimeout } from "node:timers/promises";
import { sourceOf } from "./kinds.mjs";

const WARM_UP_RUNS = 3;
/** How long a page has been there when its user first runs something. */
const REST_MS = 500;
const RATE_SECONDS = 0.25;
const START_ROUNDS = 4;
const RATE_SOURCES = { "empty eval": "", "return 1+1": "return 1+1" };

const takesPart = (engine, round) => !engine.slow || round % 4 === 0;

/** The engines of one round, each round beginning with another, every other one backwards: none always follows the same one. */
function* turns(engines, round) {
  const order = round % 2 ? engines.toReversed() : engines;
  for (let i = 0; i < engines.length; i++) {
    const engine = order[(i + round) % engines.length];
    if (takesPart(engine, round)) yield engine;
  }
}

/** Samples and checksums by kind and engine, and the failures: `{kind: {engine: {seconds: [], result, error}}}`. */
class Samples {
  table = {};

  of(kind, engine) {
    return ((this.table[kind] ??= {})[engine.name] ??= { seconds: [] });
  }

  /**
   * Runs `measure` unless this engine has already failed here; a failure is kept in place of a figure.
   * @returns {Promise<boolean>} false when it has failed now, and its session may be useless
   */
  async take(kind, engine, measure, counts = true) {
    const cell = this.of(kind, engine);
    if (cell.error) return true;
    try {
      const { seconds, result } = await measure();
      if (cell.result !== undefined && cell.result !== result)
        throw new Error(`gave '${cell.result}', then '${result}'`);
      cell.result = result;
      if (counts) cell.seconds.push(seconds);
      return true;
    } catch (error) {
      cell.error = error.message;
      return false;
    }
  }
}

/** The same process for all kinds; each kind is measured after runs that are not counted. */
export async function measureWarm(engines, { kinds, rounds, scale, note }) {
  const samples = new Samples();
  const sessions = await openAll(engines);
  for (const kind of kinds) {
    note(`warm ${kind}`);
    const source = sourceOf(kind, scale);
    const run = async (engine, counts) => {
      if (await samples.take(kind, engine, () => sessions.get(engine).run(source), counts)) return;
      await sessions.get(engine).close();
      sessions.set(engine, await engine.open());
    };
    for (const engine of engines) {
      for (let i = 0; i < (engine.slow ? 1 : WARM_UP_RUNS); i++) await run(engine, false);
    }
    for (let round = 0; round < rounds; round++) {
      for (const engine of turns(engines, round)) await run(engine, true);
    }
  }
  await closeAll(sessions);
  return samples.table;
}

async function openAll(engines) {
  const sessions = new Map();
  for (const engine of engines) sessions.set(engine, await engine.open());
  return sessions;
}

async function closeAll(sessions) {
  for (const session of sessions.values()) await session.close();
}

/** The first run in a fresh process, without the time to start it. */
export const measureCold = (engines, options) => measureFirst(engines, options, "cold", 0);

/** The same when nothing was asked of the engine for a while after it was loaded. */
export const measureRested = (engines, options) => measureFirst(engines, options, "rested", REST_MS);

async function measureFirst(engines, { kinds, rounds, scale, note }, pass, rest) {
  const samples = new Samples();
  for (const kind of kinds) {
    note(`${pass} ${kind}`);
    const source = sourceOf(kind, scale);
    for (let round = 0; round < rounds; round++) {
      for (const engine of turns(engines, round)) {
        await samples.take(kind, engine, () => runOnce(engine, source, rest));
      }
    }
  }
  return samples.table;
}

async function runOnce(engine, source, rest) {
  const session = await engine.open();
  try {
    if (rest) await setTimeout(rest);
    return await session.run(source);
  } finally {
    await session.close();
  }
}

/** `{engine: {library: [], first: []}}`, in seconds. */
export async function measureStart(engines, { rounds, note }) {
  note("start-up");
  const samples = Object.fromEntries(engines.map(({ name }) => [name, { library: [], first: [] }]));
  for (let round = 0; round < rounds * START_ROUNDS; round++) {
    for (const engine of turns(engines, round)) {
      const session = await engine.open();
      await session.close();
      for (const step of ["library", "first"]) samples[engine.name][step].push(session.opened[step]);
    }
  }
  return samples;
}

/** `{source name: {engine: [evals per second]}}`, warm. */
export async function measureRates(engines, { rounds, note }) {
  const samples = {};
  for (const [name, source] of Object.entries(RATE_SOURCES)) {
    note(`evals per second: ${name}`);
    samples[name] = Object.fromEntries(engines.map(engine => [engine.name, []]));
    const sessions = await openAll(engines);
    for (const session of sessions.values()) await session.rate(source, 2 * RATE_SECONDS);
    for (let round = 0; round < rounds; round++) {
      for (const engine of turns(engines, round)) {
        samples[name][engine.name].push(await sessions.get(engine).rate(source, RATE_SECONDS));
      }
    }
    await closeAll(sessions);
  }
  return samples;
}

/** @returns {string[]} one sentence per failure and per checksum that is not the first engine's */
export function faults(table) {
  return Object.entries(table).flatMap(([kind, cells]) => {
    const [[reference, { result: wanted }]] = Object.entries(cells);
    return Object.entries(cells).flatMap(([engine, { result, error }]) => {
      if (error) return [`${kind}: ${engine} failed: ${error}`];
      return result === wanted ? [] : [`${kind}: ${engine} computed '${result}', ${reference} '${wanted}'`];
    });
  });
}
