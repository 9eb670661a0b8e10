// Runs one eval after the other, each a unit with the same number in many places, and says how many are durable. In a
// page, by stores-writer.html, or in a worker; until someone ends it.
import { LuaPersistent } from "./lua-persistent.mjs";

/** One unit: small and large values, a new table, a deletion. */
const UNIT = `
  local n = (Memory.unit or 0) + 1
  for i = 1, 20 do Memory["copy" .. i] = n .. string.rep("x", (n + i) % 4 * 1500) end
  Memory["old" .. n - 1], Memory["old" .. n] = nil, n
  Memory.list, Memory.unit = {n, {n}}, n
  return n`;

/** Names what is torn, or gives the number of the unit. */
export const CHECK = `
  local n = Memory.unit
  if not n then return next(ext.copy(Memory)) == nil and 0 or "no number" end
  for i = 1, 20 do
    if Memory["copy" .. i] ~= n .. string.rep("x", (n + i) % 4 * 1500) then return "copy " .. i .. " is torn" end
  end
  if Memory.list[1] ~= n or Memory.list[2][1] ~= n then return "the list is torn" end
  if Memory["old" .. n] ~= n or Memory["old" .. n - 1] then return "the old one is torn" end
  return n`;

/** @param {OpenOptions} options @param {(unit: number) => void} durable hears of each unit */
export async function write(options, durable) {
  const lua = await LuaPersistent.open(options);
  durable(0);
  for (;;) {
    const { values } = await lua.run(UNIT);
    durable(values[0]);
    if (values[0] % 50 === 0) lua.exports.run_gc();
    // Where a commit waits for nothing, nothing else would come to its turn.
    if (values[0] % 5 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

if (globalThis.WorkerGlobalScope) onmessage = ({ data }) => write(data, (unit) => postMessage(unit));
