// The model test in small: some thousand operations on each kind of host. `node tests/ext/model.mjs` is the long run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { wrap } from "../abi/hosts.mjs";
import { HOSTS, run } from "./model.mjs";

const OPERATIONS = 3000;

for (const [index, host] of Object.keys(HOSTS).entries()) {
  test(`external tables and plain ones agree on a host that is: ${host}`, () => {
    assert.equal(run({ seed: 100 + index, operations: OPERATIONS, host }).operations, OPERATIONS);
  });
}

test("the run swaps the store, restores older ones and sweeps", () => {
  const { swaps, restores, sweeps } = run({ seed: 7, operations: 10000, host: "swapping" });
  assert.ok(swaps > 5 && restores > 0 && sweeps > 5, `${swaps} swaps, ${restores} restores, ${sweeps} sweeps`);
});

test("the same seed gives the same calls of the host", () => {
  const traces = [1, 2].map(() => {
    const trace = [];
    const spoil = host =>
      wrap(host, {
        set(table, key, value) {
          trace.push(`${table} ${key} ${value.length}`);
          return host.set(table, key, value);
        },
      });
    run({ seed: 5, operations: 1000, host: "all at once", spoil });
    return trace;
  });
  assert.ok(traces[0].length > 100);
  assert.deepEqual(traces[0], traces[1]);
});

// The test itself: a fault that happens now and then must be found.
const every = (nth, fault, otherwise) => {
  let calls = 0;
  return (...args) => (++calls % nth === 0 ? fault : otherwise)(...args);
};
const FAULTS = {
  "loses a write": host => wrap(host, { set: every(500, () => 0, host.set) }),
  "loses a deletion": host => wrap(host, { delete: every(90, () => 0, host.delete) }),
  "does not find a key": host => wrap(host, { get: every(700, () => -1, host.get) }),
  "leaves a key out of the list": host =>
    wrap(host, {
      keys: every(
        100,
        (table, room) => {
          const stored = host.store.get(table);
          if (!stored?.size) return host.keys(table, room);
          const [[key, value]] = stored;
          stored.delete(key);
          const written = host.keys(table, room);
          stored.set(key, value);
          return written;
        },
        host.keys,
      ),
    }),
  "miscounts a table": host => wrap(host, { size: every(700, table => host.size(table) + 1, host.size) }),
};

for (const [name, spoil] of Object.entries(FAULTS)) {
  test(`the model notices a host that now and then ${name}`, () => {
    assert.throws(
      () => run({ seed: 3, operations: 10000, host: "truncating", spoil }),
      /seed 3, host 'truncating', after \d+ operations/,
    );
  });
}
