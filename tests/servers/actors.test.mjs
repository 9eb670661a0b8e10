// A short form of examples/actors: it checks itself that nothing is lost, and nothing is done twice.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../../examples/actors/main.mjs";
import { DATABASES, missing } from "./databases.mjs";

async function short(database) {
  const { sent, kills, reminders } = await run({ database, actors: 8, processes: 2, seconds: 2, later: 1 });
  assert.ok(kills > 0);
  assert.ok(sent > 0);
  assert.equal(reminders, sent);
}

test(
  "actors in PostgreSQL: processes are killed, no number is lost, and each is remembered once",
  { skip: missing() },
  async t => {
    const server = DATABASES.postgres.server();
    t.after(() => server.stop());
    await server.start();
    const { host, user, database } = server.address;
    await short(`postgres://${user}@${encodeURIComponent(host)}/${database}`);
  },
);

test("actors in files of SQLite: the same", async t => {
  const folder = mkdtempSync(join(tmpdir(), "lua-actors-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await short(folder);
});
