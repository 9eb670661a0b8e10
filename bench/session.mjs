// One engine in this process or page, and the measurements that can be asked of it. All times are in seconds.

import { adapters } from "./engines.mjs";

const FIRST = "return 1+1";

/**
 * @param {string} adapter a name in `adapters`
 * @param {Uint8Array | undefined} bytes the wasm file
 * @param {string | undefined} path where it lies
 * @param {() => number} wall for start-up, which takes milliseconds
 * @param {() => number} [now] for everything else
 */
export async function openSession(adapter, bytes, path, wall, now = wall) {
  const { load, start } = adapters[adapter];
  const begun = wall();
  const library = await load();
  const loaded = wall();
  const engine = await start(library, bytes, path);
  expect(String(engine.eval(FIRST)), "2");
  const ready = wall();

  return {
    /** The time to load the JavaScript, and from the wasm bytes to the first result. */
    opened: { library: loaded - begun, first: ready - loaded },

    /** Runs `source` once, after a full collection. */
    run(source) {
      engine.collect();
      const from = now();
      const result = engine.eval(source);
      return { seconds: now() - from, result: String(result) };
    },

    /** Evaluates `source` again and again for about `seconds`: evals per second. */
    rate(source, seconds) {
      const from = now();
      let evals = 0;
      let elapsed;
      do {
        for (let i = 0; i < 256; i++) engine.eval(source);
        evals += 256;
        elapsed = now() - from;
      } while (elapsed < seconds);
      return evals / elapsed;
    },
  };
}

function expect(result, wanted) {
  if (result !== wanted) throw new Error(`the first eval gave '${result}', not '${wanted}'`);
}
