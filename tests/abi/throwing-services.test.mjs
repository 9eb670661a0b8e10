// A host that throws out of a service: the exception reaches the caller, and no later call traps (docs/abi.md section 2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { serviced } from "./serviced.mjs";

const thrown = new Error("the host threw");
/** The service throws once `armed`. */
const THROWS = { request: "return 1", zone: "os.date()", clock: "os.time()", interrupt: "for i = 1, 1e7 do end" };

for (const [name, source] of Object.entries(THROWS)) {
  test(`a host that throws out of ${name}: every later call is an error, none traps`, () => {
    let armed = false;
    const lua = serviced({
      [name]: () => {
        if (armed) throw thrown;
      },
    });
    assert.equal(lua.run("return 1"), "1");
    armed = true;
    assert.throws(() => lua.eval(source), thrown);
    armed = false;
    assert.match(lua.eval("return 1").text, /^lua is busy/);
    lua.exports.run_gc();
    assert.equal(lua.exports.init(), 0);
    assert.ok(lua.stats().luaMemoryUsed > 0);
    assert.match(lua.eval("return 1").text, /^lua is busy/);
  });
}
