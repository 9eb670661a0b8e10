// The module asks for the keys of a table with little room first: the host looks at no more keys than fit, so that `next` of a
// table with very many takes no longer, whatever else the host does with keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ExternalTables } from "../../js/dist/core/external-tables.js";
import { PlainServices, hostFunctions } from "../../js/dist/core/host.js";

const ROOM = 100;
/** Keys `k0` to `k9` and so on take 6 bytes and more. */
const MOST = ROOM / 6 + 1;

function manyKeys() {
  const tables = new ExternalTables();
  for (let i = 0; i < 10_000; i++) tables.set(1, `k${i}`, Uint8Array.of(1, 1));
  const memory = { buffer: new ArrayBuffer(ROOM) };
  return { tables, host: hostFunctions(tables, new PlainServices(), () => memory), memory };
}

test("a listing without room for all keys looks at no more than fit", () => {
  const { tables, host, memory } = manyKeys();
  let given = 0;
  const keys = tables.keys.bind(tables);
  tables.keys = function* (id) {
    for (const key of keys(id)) {
      given++;
      yield key;
    }
  };
  assert.ok(host.js_ext_table_keys(1, 0, ROOM) > 0);
  assert.equal(new DataView(memory.buffer).getUint32(0, true), 10_000);
  assert.ok(given <= MOST, `${given} keys`);
});

test("in a sweep, the keys that the module gets are noted, and no others", () => {
  const { tables, host } = manyKeys();
  const noted = [];
  tables.marker = { listed: key => noted.push(...(typeof key === "string" ? [key] : key)) };
  host.js_ext_table_keys(1, 0, ROOM);
  assert.deepEqual(noted.slice(0, 3), ["k0", "k1", "k2"]);
  assert.ok(noted.length <= MOST, `${noted.length} keys`);
});
