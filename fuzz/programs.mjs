#!/usr/bin/env node
// Fuzzes web/lua.wasm with programs (tests/programs), for some minutes or one seed; what is found is written to
// target/fuzz/found. KIND is `programs`, random and mutated ones; `hooks`, that call whatever a hook is shown; `heavy`, with
// heavy data, and a watch on the time in which the host is not asked whether to stop.
// Usage: npm run fuzz -- KIND MINUTES [--first SEED]
//        node fuzz/programs.mjs KIND --seed SEED     one session
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { corpus } from "../tests/programs/corpus.mjs";
import { runHeavy } from "../tests/programs/heavy.mjs";
import { runHooks } from "../tests/programs/hooks.mjs";
import { add, runSession } from "../tests/programs/session.mjs";

/** A session takes some tenths of a second, or half a minute on a machine with much else to do: what takes so long hangs. */
const HANG_SECONDS = 300;
const REPORT_SECONDS = 60;
const SCRIPT = fileURLToPath(import.meta.url);
const FOUND = fileURLToPath(new URL("../target/fuzz/found/", import.meta.url));

/** What gives figures of the session of a seed, by kind. */
const KINDS = {
  programs() {
    const sources = corpus();
    return seed => runSession(sources, seed);
  },
  hooks: () => runHooks,
  heavy: () => runHeavy,
};

/** In the worker: sessions from a seed on, each reported. */
function work({ kind, first }) {
  const session = KINDS[kind]();
  for (let seed = first; ; seed++) {
    parentPort.postMessage({ seed });
    try {
      parentPort.postMessage({ seed, figures: session(seed) });
    } catch (error) {
      parentPort.postMessage({
        seed,
        fault: error.message,
        stack: error.cause?.stack ?? error.stack,
        programs: error.programs,
      });
    }
  }
}

class Run {
  constructor(kind, minutes, first) {
    Object.assign(this, { kind, first, total: {}, sessions: 0, found: 0, start: Date.now(), lastReport: Date.now() });
    this.end = this.start + minutes * 60_000;
  }

  /** Runs sessions until the time is up; a hanging one is given up. */
  async run() {
    for (let next = this.first; Date.now() < this.end;) next = await this.#workFrom(next);
    this.report();
    return this.found;
  }

  #workFrom(first) {
    const worker = new Worker(SCRIPT, { workerData: { kind: this.kind, first } });
    return new Promise((resolve, reject) => {
      let [seed, since] = [first, Date.now()];
      const stop = () => {
        clearInterval(watch);
        worker.terminate().then(() => resolve(seed + 1), reject);
      };
      const watch = setInterval(() => {
        if (Date.now() >= this.end) stop();
        else if (Date.now() - since > HANG_SECONDS * 1000) {
          this.#keep({ seed, fault: `no end after ${HANG_SECONDS} seconds` });
          stop();
        }
      }, 1000);
      worker.on("error", reject);
      worker.on("message", message => {
        [seed, since] = [message.seed, Date.now()];
        if (message.figures) this.#count(message.seed, message.figures);
        if (message.fault && this.#comesAgain(seed)) this.#keep(message);
      });
    });
  }

  /** A process that has made very many Luas collects their memories in the midst of a program: a time counts if a fresh one takes it, too. */
  #comesAgain(seed) {
    if (this.kind !== "heavy") return true;
    const again = spawnSync(process.execPath, [SCRIPT, this.kind, "--seed", String(seed)]);
    if (again.status === 0) console.log(`seed ${seed} was slow here only, and not in a process of its own`);
    return again.status !== 0;
  }

  #count(seed, figures) {
    this.sessions++;
    if (figures.slowest > (this.total.slowest ?? 0)) this.slowest = seed;
    add(this.total, figures);
    if (Date.now() - this.lastReport > REPORT_SECONDS * 1000) this.report();
  }

  #keep({ seed, fault, stack = "", programs = [] }) {
    this.found++;
    mkdirSync(FOUND, { recursive: true });
    const path = `${FOUND}${this.kind}-${seed}.txt`;
    writeFileSync(path, [`${fault}\n${stack}`, ...programs].join("\n---\n"), "latin1");
    console.log(`found: ${fault}\n${path}; again: node fuzz/programs.mjs ${this.kind} --seed ${seed}`);
  }

  report() {
    this.lastReport = Date.now();
    const minutes = ((Date.now() - this.start) / 60_000).toFixed(1);
    const { slowest = 0, ...counts } = this.total;
    const shares = Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
    console.log(
      `${this.kind}: ${this.sessions} sessions, ${minutes} minutes: ${shares}; the slowest took ${Math.round(slowest)} ms (seed ${this.slowest}); ${this.found} found`,
    );
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: "string" }, first: { type: "string" } },
  });
  const [kind, minutes] = positionals;
  if (KINDS[kind] && values.seed) return console.log(KINDS[kind]()(Number(values.seed)));
  if (!KINDS[kind] || !(minutes > 0))
    throw new Error(
      `usage: node fuzz/programs.mjs KIND MINUTES [--first SEED] | KIND --seed SEED; kinds: ${Object.keys(KINDS).join(" ")}`,
    );
  const found = await new Run(kind, Number(minutes), Number(values.first ?? Date.now() % 2 ** 31)).run();
  process.exitCode = found > 0 ? 1 : 0;
}

if (isMainThread) await main();
else work(workerData);
