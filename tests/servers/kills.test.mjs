// Processes of a client and of the server are killed in the middle of commits. `STORE_KILLS=100` for a long run.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { open, random } from "../stores/fakes.mjs";
import { KILLS, checkWhole, kill, killAtAnyMoment, writer } from "../stores/writers.mjs";
import { eachDatabase } from "./databases.mjs";

/** Milliseconds: short, for others wait so long for one that was killed. */
const LEASE = 300;

eachDatabase((it, database, { kind, server, address, storeOf }) => {
  const pathOf = name => JSON.stringify({ address: address(), name, lease: LEASE, patience: 60_000 });

  it("a process that is killed at any moment leaves the state after some whole unit, and its lease ends", () =>
    killAtAnyMoment(kind, pathOf("client"), () => storeOf("client", { lease: LEASE }), {}));

  it("a server that is killed at any moment has all that it called committed, and its clients go on", async () => {
    const next = random(5);
    const other = await writer(kind, pathOf("server"));
    for (let i = 0; i < KILLS; i++) {
      await setTimeout(next(100));
      await server.kill();
      const before = other.committed;
      await server.start();
      while (other.committed < before + 2) {
        assert.equal(other.child.exitCode, null, "the writer goes on");
        await setTimeout(10);
      }
    }
    await kill(other);
    await checkWhole(other, await open(storeOf("server")));
  });
});
