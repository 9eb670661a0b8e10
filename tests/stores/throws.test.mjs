// Whatever throws while a commit is made, wherever: everything stays pending, nothing is called durable, and the next
// commit has it. Errors of stores of any shape are StoreErrors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../../js/dist/stores/memory-store.js";
import { LuaPersistent, StoreError } from "../../js/dist/index.js";
import { bytes, contents, open, reopened, unit } from "./fakes.mjs";

/** Has a method throw at its call number `at`. @returns {{calls: number, restore: () => void}} */
function failing(object, name, at) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  const method = object[name];
  const state = {
    calls: 0,
    restore: () => (descriptor ? Object.defineProperty(object, name, descriptor) : delete object[name]),
  };
  const throwing = function (...args) {
    if (state.calls++ === at) throw new RangeError("Invalid string length");
    return new.target ? new method(...args) : method.apply(this, args);
  };
  Object.defineProperty(object, name, { value: throwing, configurable: true, writable: true });
  return state;
}

/** What a commit calls on its way. */
const STEPS = {
  "a value is read": it => [it.tables, "get"],
  "a number is written": () => [DataView.prototype, "setUint32"],
  "a value is compressed": () => [globalThis, "CompressionStream"],
  "the store is asked": (it, store) => [store, "commit"],
};

const FIRST = { "1/kept": "\x01", "1/old": "\x01" };

/** Opens a store with two keys, changes it, and has one call of one step throw. */
async function attempt(step, at) {
  const store = { ...memoryStore(), label: "shelf" };
  const it = await open(store);
  await unit(it, tables => (tables.set(1, "kept", bytes(1)), tables.set(1, "old", bytes(1))));
  it.persistence.begin();
  it.tables.set(1, "a", bytes(1));
  it.tables.set(2, "large", new Uint8Array(10_000));
  it.tables.delete(1, "old");
  it.persistence.succeed();
  const wanted = contents(it.tables);
  const hook = failing(...step(it, store), at);
  const error = await it.persistence
    .commit()
    .then(
      () => null,
      error => error,
    )
    .finally(hook.restore);
  return { it, store, wanted, error, calls: hook.calls };
}

for (const [what, step] of Object.entries(STEPS)) {
  test(`an error while ${what}, whichever time, loses nothing`, async () => {
    const { calls, error } = await attempt(step, Infinity);
    assert.equal(error, null);
    assert.ok(calls > 0);
    for (let at = 0; at < calls; at++) {
      const { it, store, wanted, error } = await attempt(step, at);
      assert.match(error.message, /Invalid string length/);
      assert.equal(it.persistence.hasPending, true);
      assert.deepEqual(await reopened(store), FIRST);
      await it.persistence.flush();
      assert.equal(it.persistence.hasPending, false);
      assert.deepEqual(await reopened(store), wanted);
    }
  });
}

test("a commit that throws while it is made keeps what came before and after it", async () => {
  const store = memoryStore();
  const it = await open(store);
  it.tables.set(1, "a", bytes(1));
  const hook = failing(it.tables, "get", 0);
  await assert.rejects(it.persistence.commit(), RangeError);
  hook.restore();
  it.tables.set(1, "b", bytes(2));
  await it.persistence.close();
  assert.deepEqual(await reopened(store), { "1/a": "\x01", "1/b": "\x02" });
});

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const circular = new Error("round");
circular.cause = circular;
const CAUSES = {
  "with itself as cause": circular,
  "with a Symbol as name": Object.assign(new Error("named"), { name: Symbol("name") }),
  "with a Symbol as message": Object.assign(new Error(), { message: Symbol("message") }),
  "with a function inside": Object.assign(new Error("callable"), { code: () => 22, cause: () => {} }),
  "without a prototype": Object.create(null),
  "that throws when it is looked at": new Proxy(
    {},
    {
      get() {
        throw new Error("hands off");
      },
    },
  ),
  "that is a Symbol": Symbol("thrown"),
  "that is nothing": undefined,
  "that is a revoked Proxy": revoked(new Error("revoked")),
  "that is a Proxy without a class": new Proxy(new Error("proxy"), {
    getPrototypeOf() {
      throw new Error("hands off");
    },
  }),
  "of another realm's shape": Object.setPrototypeOf({ name: "RangeError", message: "from afar" }, null),
  "with a getter that throws": {
    get message() {
      throw new Error("hands off");
    },
    get name() {
      throw new Error("hands off");
    },
  },
};

for (const [what, cause] of Object.entries(CAUSES)) {
  test(`an error of a store ${what} is a StoreError, here and from a worker, and the next commit goes on`, async () => {
    for (const opening of ["open", "openWorker"]) {
      const store = { ...memoryStore(), label: "shelf" };
      const good = store.commit;
      const lua = await LuaPersistent[opening]({ store });
      store.commit = () => Promise.reject(cause);
      await assert.rejects(lua.run("Memory.a = 1 return 7"), error => {
        assert.deepEqual(
          [error.name, error.kind, error.store, error.result.values],
          ["StoreError", "failed", "shelf", [7]],
        );
        assert.match(error.message, /^shelf could not commit: /);
        return true;
      });
      store.commit = good;
      assert.deepEqual((await lua.run("return Memory.a")).values, [1]);
      await lua.close();
    }
  });
}

test("a StoreError to which nothing can be added becomes one that has the run's result", async () => {
  for (const opening of ["open", "openWorker"]) {
    const store = memoryStore();
    const lua = await LuaPersistent[opening]({
      store: Object.assign(store, {
        commit: () => {
          throw Object.freeze(new StoreError("busy", "shelf", "is busy"));
        },
      }),
    });
    await assert.rejects(lua.run("Memory.a = 1 return 7"), error => {
      assert.deepEqual([error.name, error.result.values], ["StoreError", [7]]);
      assert.match(error.message, /shelf is busy/);
      return true;
    });
    await lua.close({ discard: true });
  }
});

for (const [what, cause] of Object.entries(CAUSES)) {
  test(`whatever a store throws ${what}, wherever, is a StoreError of what was called`, async () => {
    const fail = () => {
      throw cause;
    };
    const strange = {
      load: { load: fail },
      "what load gives": { load: () => ({ [Symbol.iterator]: () => ({ next: fail }) }) },
      lock: { lock: fail },
      "what lock gives": {
        lock: () => ({
          get readOnly() {
            return fail();
          },
          release() {},
        }),
      },
    };
    for (const [where, parts] of Object.entries(strange)) {
      for (const opening of ["open", "openWorker"]) {
        await assert.rejects(
          LuaPersistent[opening]({ store: { ...memoryStore(), ...parts } }),
          { name: "StoreError" },
          `${opening}: ${where}`,
        );
      }
    }
    for (const parts of [{ close: fail }, { lock: () => ({ readOnly: false, release: fail }) }]) {
      for (const opening of ["open", "openWorker"]) {
        const lua = await LuaPersistent[opening]({ store: { ...memoryStore(), ...parts } });
        await assert.rejects(lua.close(), { name: "StoreError" });
        if (opening === "openWorker") await lua.terminate().catch(() => {});
      }
    }
  });
}
