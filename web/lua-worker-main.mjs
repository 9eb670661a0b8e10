// What a worker runs: one opened LuaPersistent, and the methods by which the page's LuaWorker uses it. The store and the
// queue are the page's. Messages of lua.wasm are handed on as they are, because views and classes do not travel.
import { LuaPersistent } from "./lua-persistent.mjs";
import { open, openImage } from "./lua-open.mjs";
import { decodeError } from "./lua-results.mjs";
import { Channel, Moved } from "./lua-worker-channel.mjs";
import { remoteStore } from "./lua-worker-store.mjs";

/** Milliseconds between two messages of output: a page must not drown in them. */
const OUTPUT_INTERVAL = 16;

/** @type {LuaSession} */
let lua;
/** The number of the run that is to stop, written by the page; null where memory cannot be shared. */
let stopFlag = null;
/** The number of the run under way. */
let running = 0;

/** What is printed, joined to few messages. */
const outlet = {
  text: "",
  sentAt: -Infinity,

  write(text) {
    this.text += text;
    this.sendIfDue();
  },
  sendIfDue() {
    if (this.text !== "" && performance.now() >= this.sentAt + OUTPUT_INTERVAL) this.send();
  },
  send() {
    if (this.text === "") return;
    channel.tell("output", this.text);
    this.text = "";
    this.sentAt = performance.now();
  },
};

/** Asked by lua.wasm every few milliseconds. */
function isStopped() {
  outlet.sendIfDue();
  return running !== 0 && stopFlag !== null && Atomics.load(stopFlag, 0) === running;
}

/** The error's value stays bytes. */
const messages = {
  results: (bytes) => bytes,
  error: (bytes) => ({ ...decodeError(bytes, () => null), value: bytes }),
  undoesStopped: true,
};

const methods = {
  async open({ settings, store, image, flag }) {
    stopFlag = flag;
    const options = {
      ...settings,
      store: store.label === undefined ? store.unknown : remoteStore(() => channel, store.label),
      onOutput: (text) => outlet.write(text),
      interrupt: isStopped,
    };
    lua = image ? await openImage(image, options, messages) : await open(options, messages);
    return { readOnly: lua.readOnly, wasmHash: lua.wasmHash, limits: image ? await limitsOf(image) : {} };
  },

  run: (id, code, options) => watched(id, () => lua.run(code, options)),
  eval: (id, code, options) => watched(id, () => durably(() => lua.eval(code, options), asResult)),
  runGc: (id, options) => watched(id, () => lua.runGc(options)),

  async load() {
    await lua.load();
  },
  getStats: () => lua.getStats(),
  createSnapshot: () => lua.createSnapshot(),
  restoreSnapshot: (snapshot) => durably(() => lua.restoreSnapshot(snapshot)),
  migrate: () => durably(() => plainMigration(lua.migrate())),
  flush: () => lua.flush(),
  clear: () => lua.clear(),
  close: (options) => lua.close(options),
  async saveImage() {
    const image = await lua.saveImage();
    return new Moved(image, [image.buffer]);
  },
};

/** Does what may run Lua: all it prints is sent before its answer. */
async function watched(id, task) {
  running = id;
  try {
    return await task();
  } finally {
    running = 0;
    outlet.send();
  }
}

/** The text of `eval`, as a result of `run`: for the error that says that it is not durable. */
const asResult = (text) => ({ output: text, values: new Uint8Array(4) });

/** What changes tables beside runs: the answer is given when its changes are durable. @param result what the error has */
async function durably(task, result = () => undefined) {
  let answer;
  try {
    answer = task();
  } catch (error) {
    await lua.flush().catch(() => {});
    throw error;
  }
  try {
    await lua.flush();
  } catch (error) {
    throw Object.assign(error, { result: result(answer) });
  }
  return answer;
}

/** An image keeps the limits of its Lua, so they are those of the next one here, too. */
async function limitsOf(image) {
  const { decodeImage } = await import("./lua-image.mjs");
  return (await decodeImage(image)).limits;
}

/** Views do not travel: a table as a key becomes `{ id }`. */
function plainMigration(migration) {
  const { LuaTable } = LuaPersistent.parts;
  const plain = (entry) => (entry.key instanceof LuaTable ? { ...entry, key: { id: entry.key.id } } : entry);
  return { ...migration, unreadable: migration.unreadable.map(plain), conflicts: migration.conflicts.map(plain) };
}

/** @returns {Promise<Port>} */
async function pagePort() {
  if (!LuaPersistent.parts.inNode) return { post: (message, transfer) => postMessage(message, transfer), listen: (receive) => (onmessage = ({ data }) => receive(data)) };
  const { parentPort } = await import("node:worker_threads");
  return {
    post: (message, transfer) => parentPort.postMessage(message, transfer),
    listen: (receive) => parentPort.on("message", receive),
  };
}

const channel = new Channel(await pagePort(), methods);
channel.tell("started");
