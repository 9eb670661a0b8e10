// Workers that are ended at random moments while they write: the store always opens at the state after some whole run.
// `STORE_LONG=1` for 100 ends of each kind.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { LuaPersistent } from "../../js/dist/index.js";
import { CHECK, UNIT } from "../browser/pages/stores-units.mjs";
import { SlowStore } from "../web/slow-store.mjs";
import { openWorker, test } from "./helpers.mjs";

const ROUNDS = process.env.STORE_LONG === "1" ? 100 : 5;
/** Milliseconds that one end may take, on a busy machine. */
const LONG = { timeout: ROUNDS * 4000 };

/** A store whose commits take a while, as a database's do. */
function slowStore() {
  const store = new SlowStore();
  const commit = store.commit.bind(store);
  store.commit = async changes => {
    await setTimeout(Math.random() * 3);
    await commit(changes);
  };
  return store;
}

/** Runs units until Lua ends. @returns {Promise<number>} the last one that is known to be durable */
async function write(lua, durable) {
  try {
    for (;;) [durable] = (await lua.run(UNIT)).values;
  } catch (error) {
    assert.equal(error.message, "this LuaPersistent was terminated");
    return durable;
  }
}

test(
  "terminate, and a new opening",
  async () => {
    const store = slowStore();
    let last = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const lua = await openWorker({ store });
      // One unit at least is durable, however long workers take to begin.
      if (i === ROUNDS - 1) await lua.run(UNIT);
      const writing = write(lua, last);
      await setTimeout(Math.random() * 80);
      await lua.terminate();
      last = await writing;
      const here = await LuaPersistent.open({ store });
      const [unit] = (await here.run(CHECK)).values;
      await here.close();
      assert.ok(unit >= last, `the store is at ${unit}, and ${last} was durable`);
      last = unit;
    }
    assert.ok(last > 0);
  },
  LONG,
);

test(
  "signals that end runs, one after the other, in one worker",
  async () => {
    globalThis.crossOriginIsolated = false;
    const store = slowStore();
    const lua = await openWorker({ store });
    let last = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const signal = AbortSignal.timeout(Math.floor(Math.random() * 120));
      // The first never ends, so that one run at least is stopped.
      const run = lua.run(
        `${UNIT.replace("return n", "")} for i = 1, ${i === 0 ? "math.huge" : "3e7"} do end return n`,
        { signal },
      );
      last = await run.then(
        ({ values }) => values[0],
        () => last,
      );
      const [unit] = (await lua.run(CHECK)).values;
      assert.equal(unit, last, "a run that was rejected left no changes, and one that was not all of them");
      last = (await lua.run(UNIT)).values[0];
    }
    assert.ok(lua.restarts > 0);
  },
  LONG,
);
