// Commits units of 21 keys with one and the same number, counted up, until it is killed: `node file-writer.mjs KIND PATH`. The
// path of a store in a database is JSON: { address, name, and what else it is opened with }.
import * as stores from "../../js/dist/node.js";
import { open, unit } from "./fakes.mjs";

const [kind, path] = process.argv.slice(2);

async function inDatabase() {
  const { DATABASES } = await import("../servers/databases.mjs");
  const { address, ...options } = JSON.parse(path);
  return DATABASES[kind].storeOf(await DATABASES[kind].connect(address), options);
}

const it = await open(stores[kind]?.(path) ?? (await inDatabase()));
const start = it.tables.get(1, "unit");
let count = start ? new DataView(start.buffer).getUint32(0) : 0;

for (;;) {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, ++count);
  await unit(it, tables => {
    tables.set(1, "unit", number);
    for (let k = 0; k < 20; k++) tables.set(1, `copy${k}`, number);
  });
  process.send(count);
}
