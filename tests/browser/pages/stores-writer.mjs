// Runs one eval after the other, each a unit with the same number in many places, and says how many are durable. In a
// page, by stores-writer.html, or in a worker; until someone ends it.
import { LuaPersistent } from "./lua-persistent.mjs";
import { UNIT } from "./stores-units.mjs";

/** @param {OpenOptions} options @param {(unit: number) => void} durable hears of each unit */
export async function write(options, durable) {
  const lua = await LuaPersistent.open(options);
  durable(0);
  for (;;) {
    const { values } = await lua.run(UNIT);
    durable(values[0]);
    if (values[0] % 50 === 0) lua.exports.run_gc();
    // Where a commit waits for nothing, nothing else would come to its turn.
    if (values[0] % 5 === 0) await new Promise(resolve => setTimeout(resolve));
  }
}

if (globalThis.WorkerGlobalScope) globalThis.onmessage = ({ data }) => write(data, unit => postMessage(unit));
