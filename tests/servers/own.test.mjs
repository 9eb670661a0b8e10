// What only one of the databases can do: be full, forget, be shared with others by schemas and prefixes, refuse a user.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { bytes, contents, open, reopened, unit } from "../stores/fakes.mjs";
import { DATABASES, missing } from "./databases.mjs";

const skip = missing();
const put = (key, value) => tables => tables.set(1, key, bytes(value));
const { postgres, redis } = DATABASES;

async function withServer(database, more, run) {
  const server = database.server(more);
  await server.start();
  const client = await database.connect(server.address);
  try {
    await run(client, server);
  } finally {
    await database.end(client);
    await server.stop();
  }
}

test(
  "Redis: a full server is an error with what is needed; what was there stays, deletions are made, and stores open",
  { skip },
  () =>
    withServer(redis, [], async client => {
      const store = () => redis.storeOf(client, {});
      const it = await open(store());
      await unit(it, tables => (tables.set(1, "a", bytes(1)), tables.set(1, "large", new Uint8Array(4000).fill(7))));
      await client.configSet("maxmemory", "1");
      await assert.rejects(unit(it, put("b", 2)), {
        kind: "quota",
        message: /^Redis store 'default' is full: the changes need \d+ bytes/,
      });
      await it.persistence.close({ discard: true });
      const again = await open(store());
      assert.deepEqual(Object.keys(contents(again.tables)), ["1/a", "1/large"]);
      await unit(again, tables => tables.delete(1, "large"));
      await client.configSet("maxmemory", "0");
      await unit(again, put("b", 2));
      await again.persistence.close();
      assert.deepEqual(await reopened(store()), { "1/a": "\x01", "1/b": "\x02" });
    }),
);

test("Redis: a server that comes back without commits it had called done is noticed", { skip }, () =>
  withServer(redis, ["--appendonly", "no", "--save", ""], async (client, server) => {
    const store = () => redis.storeOf(client, {});
    const it = await open(store());
    await unit(it, put("a", 1));
    await client.sendCommand(["SAVE"]);
    await unit(it, put("a", 2));
    await server.kill();
    await server.start();
    await assert.rejects(unit(it, put("a", 3)), {
      kind: "failed",
      message:
        /^Redis store 'default' has lost commits that its server had called durable\. Nothing was written\. Open the store again$/,
    });
    await it.persistence.close({ discard: true });
    assert.deepEqual(await reopened(store()), { "1/a": "\x01" });
  }),
);

test("Redis: stores with another prefix are others", { skip }, () =>
  withServer(redis, [], async client => {
    await unit(await open(redis.storeOf(client, { prefix: "one:" })), put("a", 1));
    assert.deepEqual(await reopened(redis.storeOf(client, { prefix: "two:" })), {});
    assert.ok((await client.keys("*")).every(key => /^(one|two):/.test(key)));
  }),
);

/** A store that is open stays its writer's for longer than a lease. */
async function isKept(store) {
  const it = await open(store({ lease: 300 }));
  await setTimeout(600);
  await assert.rejects(open(store(), { whenBusy: "refuse" }), { kind: "busy" });
  await it.persistence.close();
}

test("Redis: each prefix says for itself that its writer is there", { skip }, () =>
  withServer(redis, [], async client => {
    const first = await open(redis.storeOf(client, { prefix: "one:", lease: 300 }));
    await isKept(options => redis.storeOf(client, { prefix: "two:", ...options }));
    await first.persistence.close();
  }),
);

test("PostgreSQL", { skip }, async t => {
  const server = postgres.server();
  let pool;
  before(async () => {
    await server.start();
    pool = await postgres.connect(server.address);
  });
  after(async () => {
    await postgres.end(pool);
    await server.stop();
  });

  await t.test("the tables are in the schema that is named, and many make them at once", async () => {
    await pool.query('CREATE SCHEMA "Lua ""s"');
    const store = name => postgres.storeOf(pool, { name, schema: 'Lua "s' });
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => open(store(`s${i}`))));
    await Promise.all(all.map(each => unit(each, put("a", 1))));
    for (const each of all) await each.persistence.close();
    const { rows } = await pool.query(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = 'Lua "s' ORDER BY 1`,
    );
    assert.deepEqual(
      rows.map(row => row.table_name),
      ["lua_holders", "lua_records", "lua_stores"],
    );
  });

  await t.test("each schema says for itself that its writer is there", async () => {
    await pool.query("CREATE SCHEMA one; CREATE SCHEMA two");
    const first = await open(postgres.storeOf(pool, { schema: "one", lease: 300 }));
    await isKept(options => postgres.storeOf(pool, { schema: "two", ...options }));
    await first.persistence.close();
  });

  await t.test("a user who may not make the tables gets an error that says so", async () => {
    await pool.query("CREATE ROLE guest LOGIN; CREATE SCHEMA closed; GRANT USAGE ON SCHEMA closed TO guest");
    const guest = await postgres.connect({ ...server.address, user: "guest" });
    await assert.rejects(open(postgres.storeOf(guest, { schema: "closed" })), {
      kind: "failed",
      message: "PostgreSQL store 'default' could not be locked: permission denied for schema closed",
    });
    await postgres.end(guest);
  });

  await t.test("a pool that was ended is an error at once", async () => {
    const ended = await postgres.connect(server.address);
    const it = await open(postgres.storeOf(ended, { name: "ended" }));
    await unit(it, put("a", 1));
    await ended.end();
    await assert.rejects(unit(it, put("a", 2)), {
      kind: "failed",
      message: /could not commit: Cannot use a pool after calling end/,
    });
    await it.persistence.close({ discard: true });
  });

  await t.test("a single client serves as well, and says when its connection has broken", async () => {
    const { Client } = (await import("pg")).default;
    const client = new Client(server.address);
    await client.connect();
    const it = await open(postgres.storeOf(client, { name: "client", lease: 300 }));
    await unit(it, put("a", 1));
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    await pool.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
    await assert.rejects(unit(it, put("a", 2)), { kind: "failed", message: /PostgreSQL store 'client' / });
    await it.persistence.close({ discard: true });
    assert.deepEqual(await reopened(postgres.storeOf(pool, { name: "client" })), { "1/a": "\x01" });
  });

  await t.test("a pool whose sessions are serializable serves as well", async () => {
    const strict = await postgres.connect({
      ...server.address,
      options: "-c default_transaction_isolation=serializable",
    });
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => open(postgres.storeOf(strict, { name: `strict${i}` }))),
    );
    for (let n = 0; n < 5; n++) await Promise.all(all.map(each => unit(each, put("n", n))));
    for (const each of all) await each.persistence.close();
    assert.deepEqual(await reopened(postgres.storeOf(strict, { name: "strict7" })), { "1/n": "\x04" });
    await postgres.end(strict);
  });
});
