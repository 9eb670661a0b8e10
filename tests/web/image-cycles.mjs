// Saves an image and goes on from it, many times: `node --expose-gc tests/web/image-cycles.mjs 1000`. Prints what is left
// as JSON: Luas that were closed and not collected, bytes in array buffers, and the sizes of the first and last image.
import { LuaPersistent } from "../../js/dist/index.js";

const cycles = Number(process.argv[2] ?? 1000);
const collected = new Set();
const registry = new FinalizationRegistry(round => collected.add(round));

/** All garbage, after what is under way has ended. */
async function collect() {
  for (let i = 0; i < 10; i++) {
    await new Promise(resolve => setTimeout(resolve, 5));
    globalThis.gc();
  }
}

async function start() {
  const lua = await LuaPersistent.open();
  await lua.run(`
    Memory.t = {1, 2, 3}
    big = {} for i = 1, 5000 do big[i] = {i} end
    co = coroutine.wrap(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end)`);
  return lua;
}

/** @returns {Promise<LuaPersistent>} the Lua that goes on */
async function cycle(lua, round, sizes) {
  const image = await lua.saveImage();
  sizes.push(image.length);
  const next = await LuaPersistent.openImage(image);
  registry.register(lua, round);
  registry.register(lua.exports.memory, -1 - round);
  await lua.close();
  const { values } = await next.run("collectgarbage() Memory.t[4] = co() return co(), #big, Memory.t[4]");
  if (values[0] !== 2 * round || values[1] !== 5000) throw new Error(`round ${round}: ${values}`);
  return next;
}

let lua = await start();
const sizes = [];
let early = 0;
for (let round = 1; round <= cycles; round++) {
  lua = await cycle(lua, round, sizes);
  if (round !== Math.ceil(cycles / 4)) continue;
  await collect();
  early = process.memoryUsage().arrayBuffers;
}
await collect();
const uncollected = 2 * cycles - collected.size;
const { arrayBuffers } = process.memoryUsage();
console.log(
  JSON.stringify({
    cycles,
    uncollected,
    early,
    late: arrayBuffers,
    firstImage: sizes[0],
    lastImage: sizes[cycles - 1],
    linearBytes: lua.getStats().linearBytes,
  }),
);
