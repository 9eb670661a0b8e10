// Errors of a store that no message can carry as they are: every call is answered all the same.
import assert from "node:assert/strict";
import { StoreError } from "../../js/dist/index.js";
import { packError, unpackError } from "../../js/dist/worker/errors.js";
import { openWorker, rejection, test } from "./helpers.mjs";

const circular = new Error("it turns in circles");
circular.cause = new Error("inner", { cause: circular });

let deep = new Error("the first");
for (let i = 0; i < 100_000; i++) deep = new Error(`cause ${i}`, { cause: deep });

const unreadable = Object.defineProperty(new Error("x"), "message", {
  get() {
    throw new Error("no");
  },
});
const withFunction = Object.assign(new StoreError("failed", "my store", "is not well"), {
  bytesNeeded: () => 1,
  result: () => {},
});

/** What a store throws, and what the error of a run says. */
const STRANGE = {
  "a circular cause": [circular, /it turns in circles/],
  "100,000 causes": [deep, /cause 99999/],
  "a symbol as name": [Object.assign(new Error("strange"), { name: Symbol("name") }), /strange/],
  "functions in its fields": [withFunction, /^my store is not well$/],
  "a function as cause": [new Error("with cause", { cause: () => {} }), /with cause/],
  "a message that cannot be read": [unreadable, /./],
  "a symbol": [Symbol("thrown"), /Symbol\(thrown\)/],
  "a function": [function thrown() {}, /./],
  "an object without anything": [Object.create(null), /./],
  "the name of our own class": [Object.assign(new Error("not ours"), { name: "LuaError" }), /not ours/],
  "a name of Object.prototype": [Object.assign(new Error("x"), { name: "constructor" }), /x/],
  "a proxy that throws": [
    new Proxy(
      {},
      {
        get() {
          throw new Error("trap");
        },
      },
    ),
    /./,
  ],
};

for (const [what, [thrown, message]] of Object.entries(STRANGE)) {
  test(`${what}: a run is rejected, and the next one goes on`, async () => {
    let isRefusing = true;
    const store = {
      load: () => [],
      commit() {
        if (isRefusing) throw thrown;
      },
      clear() {},
    };
    const lua = await openWorker({ store });
    const error = await rejection(lua.run("Memory.n = 1 return 7"));
    assert.equal(error.name, "StoreError");
    assert.match(error.message, message);
    assert.deepEqual(error.result.values, [7]);
    isRefusing = false;
    assert.deepEqual((await lua.run("return Memory.n")).values, [1]);
    await lua.close();
  });

  test(`${what}: packed, it can be cloned and unpacked`, () => {
    assert.ok(unpackError(structuredClone(packError(thrown))) instanceof Error);
  });
}
