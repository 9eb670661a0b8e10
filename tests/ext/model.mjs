// The model test: random operations on external tables and on plain ones in lockstep (model.lua), on hosts of every kind.
//
//   node tests/ext/model.mjs [--operations 200000] [--seed 1] [--host NAME]
//
// The same seed, host and module give the same run.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { open } from "../abi/client.mjs";
import { refusing, storeHost, tooBig } from "../abi/hosts.mjs";
import { Random } from "../abi/random.mjs";

const SOURCE = readFileSync(new URL("model.lua", import.meta.url));
const BATCH = 200;
const REFUSED = 0.02;

const refusingAtRandom = (host, random) => refusing(host, () => random.chance(REFUSED));

/** Name -> how the host behaves: `make(random)`, and whether it refuses and swaps. */
export const HOSTS = {
  truncating: { make: () => storeHost() },
  "too big": { make: () => tooBig(storeHost()) },
  refusing: { make: random => refusingAtRandom(storeHost(), random), refuses: true },
  swapping: { make: () => storeHost(), swaps: true },
  "all at once": { make: random => refusingAtRandom(tooBig(storeHost()), random), refuses: true, swaps: true },
};

/** A copy that shares nothing with the store. */
export const copyOf = store =>
  new Map(
    Array.from(store, ([table, entries]) => [
      table,
      new Map(Array.from(entries, ([key, value]) => [key, value.slice()])),
    ]),
  );

/**
 * Runs `operations` on the host of that name; throws at the first difference, naming seed and step.
 * `spoil(host)` may put a fault into the host, which must then be found.
 */
export function run({ seed, operations, host: name, spoil = host => host }) {
  const random = new Random(seed);
  const { make, refuses = false, swaps = false } = HOSTS[name];
  const lua = open(spoil(make(random)));
  const counts = { operations: 0, swaps: 0, restores: 0, sweeps: 0 };
  let older = null;

  const between = () => {
    if (random.chance(0.3)) {
      lua.exports.run_gc();
      counts.sweeps++;
    }
    if (!swaps) return;
    if (random.chance(0.5)) {
      lua.host.store = copyOf(lua.host.store);
      counts.swaps++;
    }
    if (older && random.chance(0.1)) {
      lua.host.store = copyOf(older);
      lua.run("model.restore()");
      counts.restores++;
    } else if (random.chance(0.2)) {
      older = copyOf(lua.host.store);
      lua.run("model.save()");
    }
  };

  try {
    lua.run(SOURCE);
    lua.run(`model.open(${refuses})`);
    while (counts.operations < operations) {
      const steps = Math.min(BATCH, operations - counts.operations);
      lua.run(`model.run(${random.u32()}, ${counts.operations + 1}, ${steps})`);
      counts.operations += steps;
      between();
      lua.run("model.verify()");
    }
  } catch (error) {
    throw new Error(`seed ${seed}, host '${name}', after ${counts.operations} operations: ${error.message}`, {
      cause: error,
    });
  }
  return counts;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: {
      operations: { type: "string", default: "200000" },
      seed: { type: "string", default: "1" },
      host: { type: "string" },
    },
  });
  const names = values.host ? [values.host] : Object.keys(HOSTS);
  const operations = Math.ceil(Number(values.operations) / names.length);
  for (const host of names) {
    const started = performance.now();
    const counts = run({ seed: Number(values.seed), operations, host });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `${host}: ${Object.entries(counts)
        .map(([name, n]) => `${n} ${name}`)
        .join(", ")} in ${seconds} s`,
    );
  }
}
