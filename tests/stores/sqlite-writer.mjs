// Commits units of 21 keys with one and the same number, counted up, until it is killed: `node sqlite-writer.mjs FILE`.
import { sqliteStore } from "../../js/dist/node.js";
import { open, unit } from "./fakes.mjs";

const it = await open(sqliteStore(process.argv[2]));
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
