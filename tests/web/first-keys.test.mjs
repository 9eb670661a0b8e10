// The first keys of a large table, as the module asks for them: always those that come first, without a walk past all that
// were deleted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callsOf } from "../calls-of.mjs";
import { ExternalTables } from "../../js/dist/core/external-tables.js";
import { Random } from "../abi/random.mjs";

const VALUE = Uint8Array.of(1, 1);
const named = count => Array.from({ length: count }, (_, i) => `k${i}`);

function tablesOf(count, id = 1, tables = new ExternalTables()) {
  for (const key of named(count)) tables.set(id, key, VALUE);
  return tables;
}

/** Compares with a walk from the start. */
function same(tables, id) {
  const first = [...tables.firstKeys(id)];
  const all = [...tables.keys(id)];
  assert.ok(first.length >= Math.min(all.length, 256), `${first.length} of ${all.length}`);
  assert.deepEqual(first, all.slice(0, first.length));
}

test("they are the first ones, whatever is deleted, written, put back and emptied between", () => {
  const random = new Random(5);
  const tables = tablesOf(3000);
  tablesOf(1000, 2, tables);
  const changes = [
    id => tables.delete(id, [...tables.keys(id)][random.below(20)] ?? "k0"),
    id => tables.delete(id, `k${random.below(3000)}`),
    id => tables.set(id, `k${random.below(3000)}`, VALUE),
    id => tables.restore(id, `k${random.below(3000)}`, random.chance(0.5) ? VALUE : undefined),
  ];
  for (let i = 0; i < 6000; i++) {
    const id = 1 + random.below(2);
    random.pick(changes)(id);
    if (i % 7 === 0) same(tables, id);
    if (i % 2000 === 1999) tables.deleteAll(id);
    if (i % 2000 === 0) tablesOf(2000, id, tables);
  }
});

test("tables that take the place of others have their own", () => {
  const tables = tablesOf(1000);
  same(tables, 1);
  const other = new ExternalTables();
  for (const key of named(1000).reverse()) other.set(1, key, VALUE);
  tables.takeOver(other);
  same(tables, 1);
  tables.delete(1, "k999");
  same(tables, 1);
});

test("an absent table has none", () => assert.deepEqual([...new ExternalTables().firstKeys(7)], []));

test("a queue of many keys is taken apart without walks from the start", () => {
  const tables = tablesOf(5000);
  const taken = [];
  const walks = callsOf(Map.prototype, "keys", () => {
    for (let i = 0; i < 4000; i++) {
      const [key] = tables.firstKeys(1);
      tables.delete(1, key);
      taken.push(key);
    }
  });
  assert.equal(walks, 1);
  assert.deepEqual(taken, named(4000));
});
