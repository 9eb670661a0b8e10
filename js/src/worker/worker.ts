// The worker's script: one opened LuaPersistent, and the methods by which the page's LuaWorker uses it. The store and the
// queue are the page's. Messages of lua.wasm are handed on as they are, because views and classes do not travel.
import { builtin, inNode } from "../core/environment.ts";
import { type Limits, decodeImage } from "../image/image.ts";
import { openImageWith, openWith } from "../session/open.ts";
import type { GcOptions, OpenOptions, RunOptions } from "../session/options.ts";
import type { LuaSession } from "../session/session.ts";
import type { Messages } from "../session/types.ts";
import { CheckedStore } from "../stores/checked-store.ts";
import { LuaTable } from "../values/lua-table.ts";
import type { Migration } from "../values/migrate.ts";
import { decodeError } from "../values/results.ts";
import type { Snapshot } from "../values/snapshot.ts";
import { Channel, type Methods, Moved, type Port } from "./channel.ts";
import type { Opened, Opening } from "./protocol.ts";
import { remoteStore } from "./remote-store.ts";
import type { WorkerAnswer } from "./values.ts";

/** Milliseconds between two messages of output: a page must not drown in them. */
const OUTPUT_INTERVAL = 16;

let channel: Channel;
let lua: LuaSession;
/** The number of the run that is to stop, written by the page; null where memory cannot be shared. */
let stopFlag: Int32Array | null = null;
/** The number of the run under way. */
let running = 0;

/** Output, joined to few messages. */
const printed = {
  text: "",
  sentAt: -Infinity,

  add(text: string): void {
    this.text += text;
    this.sendIfDue();
  },
  sendIfDue(): void {
    if (this.text !== "" && performance.now() >= this.sentAt + OUTPUT_INTERVAL) this.send();
  },
  send(): void {
    if (this.text === "") return;
    channel.send("output", this.text);
    this.text = "";
    this.sentAt = performance.now();
  },
};

/** Asked by lua.wasm every few milliseconds. */
function isStopped(): boolean {
  printed.sendIfDue();
  return running !== 0 && stopFlag !== null && Atomics.load(stopFlag, 0) === running;
}

/** The error's value stays bytes. */
const messages: Messages = {
  results: bytes => bytes,
  error: bytes => ({ ...decodeError(bytes, () => null), value: bytes }),
  undoesStopped: true,
};

const methods: Methods = {
  async open({ settings, label, image, flag = null }: Opening): Promise<Opened> {
    stopFlag = flag;
    const options: OpenOptions = { ...settings, onOutput: text => printed.add(text), interrupt: isStopped };
    const store = () => new CheckedStore(remoteStore(() => channel, label));
    lua = image ? await openImageWith(store, image, options, messages) : await openWith(store, options, messages);
    return { readOnly: lua.readOnly, wasmHash: lua.wasmHash, limits: image ? await limitsOf(image) : {} };
  },

  run: (id: number, code: string, options: RunOptions) => watched(id, () => lua.run(code, options)),
  eval: (id: number, code: string, options: RunOptions) =>
    watched(id, () => durably(() => lua.eval(code, options), asResult)),
  runGc: (id: number, options: GcOptions) => watched(id, () => lua.runGc(options)),

  async load() {
    await lua.load();
  },
  getStats: () => lua.getStats(),
  createSnapshot: () => lua.createSnapshot(),
  restoreSnapshot: (snapshot: Snapshot) => durably(() => lua.restoreSnapshot(snapshot)),
  migrate: () => durably(() => plainMigration(lua.migrate())),
  flush: () => lua.flush(),
  clear: () => lua.clear(),
  close: (options: { discard?: boolean }) => lua.close(options),
  async saveImage() {
    const image = await lua.saveImage();
    return new Moved(image, [image.buffer]);
  },
};

/** Does a task that may run Lua: all its output is sent before its answer. */
async function watched<T>(id: number, task: () => Promise<T>): Promise<T> {
  running = id;
  try {
    return await task();
  } finally {
    running = 0;
    printed.send();
  }
}

/** The text of `eval`, as a result of `run`: for the error that says that it is not durable. */
const asResult = (text: string): WorkerAnswer => ({ output: text, values: new Uint8Array(4) });

/** Does a task that changes tables outside of runs, and answers when its changes are durable. @param result for the error's `result` */
async function durably<T>(
  task: () => T,
  result: (answer: T) => WorkerAnswer | undefined = () => undefined,
): Promise<T> {
  let answer: T;
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
const limitsOf = async (image: ArrayBuffer | ArrayBufferView): Promise<Limits> => (await decodeImage(image)).limits;

/** Views do not travel: a table as a key becomes `{ id }`. */
function plainMigration(migration: Migration): Migration<unknown> {
  const plain = (entry: { table: number; key: unknown }) =>
    entry.key instanceof LuaTable ? { ...entry, key: { id: entry.key.id } } : entry;
  return { ...migration, unreadable: migration.unreadable.map(plain), conflicts: migration.conflicts.map(plain) };
}

/** The members of a worker's own thread that are used, in a browser and in Node. */
interface BrowserScope {
  postMessage(message: object, transfer?: Transferable[]): void;
  onmessage: ((event: { data: unknown }) => void) | null;
}
interface WorkerThreads {
  parentPort: {
    postMessage(message: object, transfer?: Transferable[]): void;
    on(event: string, listener: (message: unknown) => void): void;
  };
}

async function pagePort(): Promise<Port> {
  if (!inNode) {
    const scope = globalThis as unknown as BrowserScope;
    return {
      post: (message, transfer) => scope.postMessage(message, transfer),
      listen: receive => (scope.onmessage = ({ data }) => receive(data)),
    };
  }
  const { parentPort } = await builtin<WorkerThreads>("worker_threads");
  return {
    post: (message, transfer) => parentPort.postMessage(message, transfer),
    listen: receive => parentPort.on("message", receive),
  };
}

void pagePort().then(port => {
  channel = new Channel(port, methods);
  channel.send("started");
});
