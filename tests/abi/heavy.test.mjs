// Heavy programs are stopped by both limits, nothing of them goes on or catches it, and the state is usable afterwards.
import assert from "node:assert/strict";
import test from "node:test";
import { HEAVY } from "./heavy-programs.mjs";
import { serviced } from "./serviced.mjs";

const MEMORY = "memory_limit=67108864";

/** Runs the preparation without limits that count, then the endless part as a caught call that would leave marks. */
function attempt(lua, [prepare, endless], lift, drop) {
  lift();
  lua.run(prepare);
  drop();
  const message = lua.fail(`pcall(function() ${endless} end) caught = true Memory.caught = true`);
  lift();
  assert.equal(lua.run("return caught, Memory.caught, 1 + 1"), "nil\tnil\t2");
  return message;
}

for (const [name, program] of Object.entries(HEAVY)) {
  test(`an interrupt ends ${name}`, () => {
    let left = Infinity;
    const lua = serviced({ config: MEMORY, interrupt: () => (--left < 0 ? "" : undefined) });
    const message = attempt(
      lua,
      program,
      () => (left = Infinity),
      () => (left = 3),
    );
    assert.equal(message, "interrupted");
  });

  test(`an instruction limit ends ${name}`, () => {
    const lua = serviced({ config: `${MEMORY}\ninstruction_limit=30000000` });
    assert.equal(
      attempt(
        lua,
        program,
        () => {},
        () => {},
      ),
      "instruction limit exceeded",
    );
  });
}
