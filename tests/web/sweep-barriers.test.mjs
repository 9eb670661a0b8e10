// What happens in the middle of a cycle: ids that are written, read or listed then are marked, though their new place was visited.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ExternalTables } from "../../js/dist/core/external-tables.js";
import { Collector } from "../../js/dist/session/sweep.js";

const integer = n => Uint8Array.of(2, n, 0, 0, 0, 0, 0, 0, 0);
const table = id => Uint8Array.of(7, id, 0, 0, 0);
const key = id => `\x07${String.fromCharCode(id)}\0\0\0`;

/** Tables 2 and 4 are garbage unless something is done; 3 was visited, and the large table 5 is being visited. */
function inTheMiddle() {
  const tables = new ExternalTables();
  tables.set(0, "next", integer(9));
  for (const [id, name, value] of [
    [1, "large", table(5)],
    [1, "small", table(3)],
    [3, "x", integer(1)],
    [4, "x", integer(1)],
    [2, "x", table(4)],
  ])
    tables.set(id, name, value);
  for (let i = 0; i < 50_000; i++) tables.set(5, `k${i}`, integer(1));
  const collector = (tables.collector = new Collector(tables));
  assert.ok(collector.begin());
  assert.ok(collector.step(), "it is in the middle");
  return { tables, collector };
}

function finish({ tables, collector }) {
  while (collector.step());
  assert.ok(collector.duringRun(), "it asks Lua");
  collector.held(new Uint8Array(0));
  while (collector.step());
  return [2, 4].filter(id => tables.size(id) > 0);
}

const CHANGES = {
  nothing: [() => {}, []],
  "a value is written": [({ tables }) => tables.set(3, "new", table(2)), [2, 4]],
  "a key is written": [({ tables }) => tables.set(3, key(2), integer(1)), [2, 4]],
  "a value is read": [({ collector }) => collector.read("x", table(2)), [2, 4]],
  "a key is read": [({ collector }) => collector.read(key(4), integer(1)), [4]],
  "keys are listed": [({ collector }) => ["x", key(4)].forEach(name => collector.listed(name)), [4]],
  "a view is made": [({ collector }) => collector.shade(4), [4]],
};

for (const [name, [change, left]] of Object.entries(CHANGES)) {
  test(`in the middle of a cycle, ${name}`, () => {
    const cycle = inTheMiddle();
    change(cycle);
    assert.deepEqual(finish(cycle), left);
  });
}

test("tables that are put back end the cycle", () => {
  const { tables, collector } = inTheMiddle();
  collector.abort();
  assert.equal(collector.duringRun(), undefined);
  assert.equal(collector.step(), false);
  assert.equal(tables.size(2), 1);
});
