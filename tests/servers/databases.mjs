// The databases that stores share, for tests: how their servers are found and started, and how clients are made.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { createClient } from "redis";
import { postgresStore, redisStore } from "../../js/dist/stores.js";
import { Server } from "./server.mjs";

const isRoot = process.getuid() === 0;

/** @returns {string | undefined} where a program is */
function find(name) {
  const folders = process.env.PATH.split(":");
  const versions = "/usr/lib/postgresql";
  // The newest first. Debian has one folder for each version.
  if (existsSync(versions))
    for (const each of readdirSync(versions).sort((a, b) => b - a)) folders.unshift(`${versions}/${each}/bin`);
  return folders.map(folder => join(folder, name)).find(existsSync);
}

const findRedis = () => find("redis-server") ?? find("valkey-server");

/** PostgreSQL does not run as root. */
function unprivileged() {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find(each => each.startsWith("postgres:") || each.startsWith("nobody:"));
  const [, , uid, gid] = line.split(":").map(Number);
  return { uid, gid };
}

class PostgresServer extends Server {
  constructor() {
    super("postgres", isRoot ? unprivileged() : undefined);
  }

  async start() {
    const data = join(this.folder, "data");
    if (!existsSync(data)) {
      await this.run(find("initdb"), ["-D", data, "-U", "lua", "--auth=trust", "-N", "--locale=C", "-E", "UTF8"]);
    }
    // What is written outlives the processes, though not the machine.
    const args = ["-D", data, "-k", this.folder, "-h", "", "-c", "fsync=off", "-c", "max_connections=50"];
    await this.launch(find("initdb").replace(/initdb$/, "postgres"), args, async () => {
      const client = new pg.Client(this.address);
      client.on("error", () => {});
      await client.connect();
      await client.end();
    });
  }

  get address() {
    return { host: this.folder, user: "lua", database: "postgres" };
  }
}

class RedisServer extends Server {
  #more;

  /** @param {string[]} more arguments */
  constructor(more = []) {
    super("redis");
    this.#more = more;
  }

  async start() {
    const always = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
    const args = [
      "--port",
      "0",
      "--unixsocket",
      join(this.folder, "socket"),
      "--dir",
      this.folder,
      ...always,
      ...this.#more,
    ];
    await this.launch(findRedis(), args, async () => {
      const client = await connectRedis(this.address, false);
      await client.ping();
      await client.close();
    });
  }

  get address() {
    return { path: join(this.folder, "socket") };
  }
}

async function connectRedis(socket, reconnects = true) {
  const reconnectStrategy = reconnects ? () => 20 : false;
  const client = createClient({ socket: { ...socket, reconnectStrategy } });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/**
 * @typedef {object} Database
 * @property {(more?: string[]) => Server} server
 * @property {(address: object) => Promise<object>} connect a client or pool that connects again by itself
 * @property {(client: object) => Promise<void>} end
 * @property {(client: object, options: object) => object} storeOf
 * @property {(address: object) => object} between for a proxy: where it listens, the server's socket, the address through it, what
 *   the request of a commit has
 */

/** @type {Record<string, Database>} */
export const DATABASES = {
  postgres: {
    server: () => new PostgresServer(),
    connect: async address => new pg.Pool({ ...address, max: 4 }),
    end: pool => pool.end(),
    storeOf: postgresStore,
    between: address => ({
      path: `${address.host}/.s.PGSQL.5433`,
      target: `${address.host}/.s.PGSQL.5432`,
      through: { ...address, port: 5433 },
      marker: "header = $7",
    }),
  },
  redis: {
    server: more => new RedisServer(more),
    connect: address => connectRedis(address),
    end: async client => client.destroy(),
    storeOf: redisStore,
    between: ({ path }) => ({
      path: `${path}-proxy`,
      target: path,
      through: { path: `${path}-proxy` },
      marker: "is_known",
    }),
  },
};

/** Why these tests cannot run; false when they can. */
export const missing = () =>
  find("initdb") && findRedis() ? false : "no PostgreSQL or no Redis: sh tests/servers/install.sh";

/**
 * Defines tests for each database, whose server runs meanwhile.
 * @param {(it: (what: string, run: () => Promise<void>) => void, database: Database, running: object) => void} define running: the
 *   server, its address(), a client(), and storeOf(name, options) with that
 */
export function eachDatabase(define) {
  const reason = missing();
  for (const [kind, database] of Object.entries(DATABASES)) {
    const it = (what, run) => test(`${kind}: ${what}`, { skip: reason }, run);
    if (reason) {
      it("there is a server", () => {});
      continue;
    }
    const server = database.server();
    let client;
    before(async () => {
      await server.start();
      client = await database.connect(server.address);
    });
    after(async () => {
      await database.end(client);
      await server.stop();
    });
    const storeOf = (name, options) => database.storeOf(client, { name, ...options });
    define(it, database, { kind, server, client: () => client, address: () => server.address, storeOf });
  }
}
