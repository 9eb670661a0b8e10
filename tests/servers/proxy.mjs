// Stands between a client and a server's socket, and loses what it is told to lose: a request, an answer, or a connection.
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";

export class Proxy {
  #path;
  #target;
  #marker;
  #server;
  #pairs = new Set();
  /** What becomes of the next request that has the marker: "lost", "unanswered", "late", "ignored". */
  next = null;
  /** Whether there are no connections from the next fate on. */
  closes = false;
  #isClosed = false;
  /** Of a late request: sends it to the server, and resolves when the server has answered. */
  deliver = null;
  /** How many requests with the marker there were. */
  seen = 0;

  /** @param {string} path where it listens @param {string} target the server's socket @param {string} marker in requests that count */
  constructor(path, target, marker) {
    this.#path = path;
    this.#target = target;
    this.#marker = marker;
  }

  async start() {
    this.#server = createServer(client => this.#join(client));
    this.#server.listen(this.#path);
    await once(this.#server, "listening");
  }

  #join(client) {
    if (this.#isClosed) return void client.destroy();
    const server = connect(this.#target);
    const pair = { client, server, isDeaf: false };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.on("error", () => {});
      socket.on("close", () => this.#part(pair, socket));
    }
    client.on("data", chunk => this.#request(pair, chunk));
    server.on("data", chunk => pair.isDeaf || client.write(chunk));
  }

  #part(pair, socket) {
    if (socket === pair.client && pair.held) return;
    pair.client.destroy();
    pair.server.destroy();
    this.#pairs.delete(pair);
  }

  #request(pair, chunk) {
    const counts = chunk.includes(this.#marker);
    if (counts) this.seen++;
    const fate = counts && this.next;
    if (pair.isDeaf && fate !== "ignored") return;
    if (!fate) return void pair.server.write(chunk);
    this.next = null;
    this[fate](pair, chunk);
  }

  #end(pair) {
    this.#isClosed = this.closes;
    if (this.closes) for (const { client } of this.#pairs) client.destroy();
    pair.client.destroy();
  }

  open() {
    this.closes = this.#isClosed = false;
  }

  lost(pair) {
    this.#end(pair);
  }

  unanswered(pair, chunk) {
    pair.isDeaf = true;
    pair.server.write(chunk);
    pair.server.once("data", () => this.#end(pair));
  }

  late(pair, chunk) {
    pair.isDeaf = pair.held = true;
    this.#end(pair);
    this.deliver = async () => {
      pair.server.write(chunk);
      await once(pair.server, "data");
      pair.held = false;
      pair.server.destroy();
    };
  }

  /** Neither is it sent nor does the connection end. */
  ignored(pair) {
    pair.isDeaf = true;
  }

  cut() {
    for (const { client } of this.#pairs) client.destroy();
  }

  async stop() {
    this.#server.close();
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.destroy();
    rmSync(this.#path, { force: true });
  }
}
