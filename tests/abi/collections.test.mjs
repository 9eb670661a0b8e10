// A full collection that an order to stop comes in is left, and made whole later; nothing that is alive is lost by it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serviced } from "./serviced.mjs";

const TABLES = 60_000;
/** The host says yes to the question numbered `stopAt` from the last run of `prepared` on. */
function collecting() {
  const host = { asked: 0, stopAt: Infinity };
  host.lua = serviced({ config: "", interrupt: () => (++host.asked === host.stopAt ? "" : undefined) });
  return host;
}

/**
 * Tables that live, one that is garbage (made in a coroutine, so that nothing of it is left on the stack), and `source`, which is stopped at a question. @returns {boolean} whether it was
 */
function stoppedAt(host, question, prepare, source) {
  host.stopAt = Infinity;
  host.lua.run(
    `collectgarbage("incremental") t = {} for i = 1, ${TABLES} do t[i] = { i } end collectgarbage() ${prepare}`,
  );
  host.lua.run(`weak = setmetatable({}, { __mode = "k" }) coroutine.wrap(function() weak[{}] = true end)() called = 0`);
  [host.asked, host.stopAt] = [0, question];
  const { ok, text } = host.lua.eval(source);
  assert.ok(ok || text.startsWith("interrupted\n"), text);
  host.stopAt = Infinity;
  return !ok;
}

const GENERATIONAL = 'collectgarbage("generational")';
const NO_STEPS = 'collectgarbage("stop")';
const MODE = 'local mode = collectgarbage("incremental") collectgarbage(mode) return mode';

test("a full collection in generational mode is left when the script is stopped, and the mode stays", () => {
  const host = collecting();
  assert.ok(stoppedAt(host, 1, `${GENERATIONAL} ${NO_STEPS}`, "collectgarbage()"));
  assert.equal(host.asked, 1);
  assert.equal(host.lua.run("return next(weak) ~= nil"), "true");
  assert.equal(host.lua.run(MODE), "generational");
  assert.equal(host.lua.run("collectgarbage() return next(weak)"), "nil");
});

test("a change to generational mode is left when the script is stopped, and not made", () => {
  const host = collecting();
  assert.ok(stoppedAt(host, 1, NO_STEPS, GENERATIONAL));
  assert.equal(host.lua.run("return next(weak) ~= nil"), "true");
  assert.equal(host.lua.run(MODE), "incremental");
});

const WORK = {
  "a full collection in generational mode": [GENERATIONAL, "collectgarbage()"],
  "a change to it": ["", GENERATIONAL],
};
for (const [name, [prepare, source]] of Object.entries(WORK)) {
  test(`wherever ${name} is left, what lives stays, and what does not is collected and finalized once, but for the one that is stopped`, () => {
    const host = collecting();
    const dying =
      "coroutine.wrap(function() for i = 1, 100 do setmetatable({}, { __gc = function() called = called + 1 end }) end end)()";
    let question = 1;
    while (stoppedAt(host, question, prepare, `${dying} ${source}`)) {
      assert.equal(
        host.lua.run(`${GENERATIONAL} for i = 1, ${TABLES} do t[-i] = { { t[i] } } end
          local sum = 0 for i = 1, ${TABLES} do sum = sum + t[i][1] + t[-i][1][1][1] end
          collectgarbage() return sum, next(weak), called >= 99, called > 100`),
        `${TABLES * (TABLES + 1)}\tnil\ttrue\tfalse`,
      );
      question++;
    }
    assert.ok(question > 5, `${question} questions`);
  });
}
