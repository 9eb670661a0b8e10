// One of the processes of soak.mjs: a pool over a database, whose runs come as messages. `node soak-process.mjs KIND JSON`.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { LuaPool } from "../../js/dist/node.js";
import { DATABASES } from "./databases.mjs";

const [kind, json] = process.argv.slice(2);
const { address, lease } = JSON.parse(json);
const client = await DATABASES[kind].connect(address);

/** Appends a number, if there is one. Nothing notices one that comes twice or out of order: soak.mjs does that in the end. */
const COUNT = `
  local n = ...
  Memory.log = Memory.log or {}
  if n then Memory.log[#Memory.log + 1] = n end
  return #Memory.log`;

const pool = new LuaPool({
  threads: 1,
  memory: 100e6,
  // Others that want a name have it soon.
  idle: 300,
  options: name => ({ store: DATABASES[kind].storeOf(client, { name, lease }), timeout: 5000 }),
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const LOOK = 200;
let answers = 0;
let heap = 0;

/** Bytes of the process, and those in JavaScript that something holds: these are counted now and then. */
function memory() {
  if (answers++ % LOOK === 0) {
    collect();
    heap = process.memoryUsage().heapUsed;
  }
  return { bytes: process.memoryUsage.rss(), heap };
}

process.on("message", async ({ id, name, number }) => {
  const answer = await pool
    .run(name, COUNT, { args: number ? [number] : [], signal: AbortSignal.timeout(30_000) })
    .then(
      ({ values }) => ({ id, count: values[0] }),
      error => ({ id, error: error.message }),
    );
  process.send({ ...answer, ...memory() }, () => {});
});
process.on("disconnect", () => process.exit());
process.send({ isReady: true });
