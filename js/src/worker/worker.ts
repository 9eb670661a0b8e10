// The worker's script: one opened LuaPersistent, and the methods by which the page's LuaWorker uses it. The store and the
// queue are the page's. Messages of lua.wasm are handed on as they are, because views and classes do not travel.
import { builtin, inNode } from "../core/environment.ts";
import { type Limits, decodeImage } from "../image/image.ts";
import { openImageWith, openWith } from "../session/open.ts";
import { Encoded } from "../host/encoded.ts";
import type { GcOptions, OpenOptions, RunOptions, StepOptions } from "../session/options.ts";
import { type LuaSession, internalsOf } from "../session/session.ts";
import type { SessionInternals } from "../session/types.ts";
import type { Messages, RunResult } from "../session/types.ts";
import { CheckedStore } from "../stores/checked-store.ts";
import { LuaTable } from "../values/lua-table.ts";
import type { Migration } from "../values/migrate.ts";
import { decodeError } from "../values/results.ts";
import type { Snapshot } from "../values/snapshot.ts";
import { Channel, type Methods, Moved, type Port } from "./channel.ts";
import { packError } from "./errors.ts";
import { type Opened, type Opening, slot } from "./protocol.ts";
import { holdForPage, remoteEntries } from "./remote-functions.ts";
import { remoteStore } from "./remote-store.ts";
import { STOPPED } from "./run.ts";
import type { WorkerAnswer } from "./values.ts";

/** Milliseconds between two messages of output: a page must not drown in them. */
const OUTPUT_INTERVAL = 16;

let channel: Channel;
let lua: LuaSession;
let inner: SessionInternals;
/** The numbers of the runs that are to stop, written by the page; null where memory cannot be shared. */
let stopFlags: Int32Array | null = null;
/** What stops the runs under way, by their numbers. */
const stops = new Map<number, AbortController>();

/** Output, joined to few messages. */
const printed = {
  text: "",
  /** The number of the run that printed it. */
  run: 0,
  sentAt: -Infinity,
  /** For what is printed before a wait. */
  timer: null as ReturnType<typeof setTimeout> | null,

  add(run: number, text: string): void {
    if (run !== this.run) this.send();
    this.run = run;
    this.text += text;
    this.sendIfDue();
    if (this.text !== "") this.timer ??= setTimeout(() => this.send(), OUTPUT_INTERVAL);
  },
  sendIfDue(): void {
    if (this.text !== "" && performance.now() >= this.sentAt + OUTPUT_INTERVAL) this.send();
  },
  send(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.text === "") return;
    channel.send("output", this.run, this.text);
    this.text = "";
    this.sentAt = performance.now();
  },
};

/** The error's value stays bytes. */
const messages: Messages = {
  results: bytes => bytes,
  error(bytes) {
    holdForPage(bytes, inner.functions, 0);
    return { ...decodeError(bytes, () => null), value: bytes };
  },
  undoesStopped: true,
  report: error => channel.send("report", packError(error)),
};

const methods: Methods = {
  async open({ settings, label, image, functions, flag = null }: Opening): Promise<Opened> {
    stopFlags = flag;
    const options: OpenOptions = { ...settings, onOutput: text => printed.add(0, text) };
    const store = () => new CheckedStore(remoteStore(() => channel, label));
    let isOpen!: () => void;
    const others = remoteEntries(
      functions,
      () => channel,
      () => inner.functions,
      new Promise(resolve => (isOpen = resolve)),
    );
    lua = image
      ? await openImageWith(store, image, options, messages, others)
      : await openWith(store, options, messages, others);
    inner = internalsOf(lua);
    isOpen();
    return {
      readOnly: lua.readOnly,
      wasmHash: lua.wasmHash,
      isOlder: lua.isOlder,
      limits: image ? await limitsOf(image) : {},
    };
  },

  run: (id: number, code: string, args: Uint8Array, options: RunOptions) =>
    watched(id, options, async (own, onWait) => sent(await inner.run(code, withArguments(own, args), onWait))),
  eval: (id: number, code: string, args: Uint8Array, options: RunOptions) =>
    watched(id, options, (own, onWait) => evaluated(code, withArguments(own, args), onWait)),
  call: (id: number, message: Uint8Array, options: RunOptions) =>
    watched(id, options, async (own, onWait) => sent(await inner.call(message, own, onWait))),
  runGc: (id: number, options: GcOptions) => watched(id, options, own => inner.runGc(own)),

  stop: (id: number) => stops.get(id)?.abort(stopped()),
  release(references: [number, number][]) {
    for (const [reference, times] of references) inner.functions.drop(reference, times);
  },
  set: (name: string, source: string, value: Uint8Array) =>
    durably(() => void inner.at(name, source, new Encoded(value))),
  get(name: string, source: string) {
    const message = inner.at(name, source, []) as Uint8Array;
    holdForPage(message, inner.functions);
    return message;
  },

  async load() {
    await lua.load();
  },
  getStats: () => lua.getStats(),
  createSnapshot: () => lua.createSnapshot(),
  restoreSnapshot: (snapshot: Snapshot) => durably(() => lua.restoreSnapshot(snapshot)),
  migrate: () => durably(() => plainMigration(lua.migrate())),
  moveTo: (id: number, code: string, args: Uint8Array, options: RunOptions) =>
    watched(id, options, async own => sent(await inner.migrate(code, withArguments(own, args)))),
  flush: () => lua.flush(),
  clear: () => lua.clear(),
  close: (options: { discard?: boolean }) => lua.close(options),
  async saveImage() {
    const image = await lua.saveImage();
    return new Moved(image, [image.buffer]);
  },
};

/** As a run ends that was stopped while it waited. */
function stopped(): Error {
  const error = new Error("the run was stopped");
  error.name = STOPPED;
  return error;
}

/** With the arguments that the page has encoded. */
const withArguments = (options: RunOptions, args: Uint8Array): RunOptions => ({
  ...options,
  args: new Encoded(args) as unknown as unknown[],
});

/** Does a task that may run Lua: all its output is sent before its answer. */
async function watched<T, Options extends StepOptions>(
  id: number,
  options: Options,
  task: (options: Options, onWait: () => void) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  stops.set(id, stop);
  const onWait = () => channel.send("waits", id);
  /** Asked by lua.wasm every few milliseconds. */
  const interrupt = () => {
    printed.sendIfDue();
    return stopFlags !== null && Atomics.load(stopFlags, slot(id)) === id;
  };
  const own = { ...options, interrupt, signal: stop.signal, onOutput: (text: string) => printed.add(id, text) };
  try {
    return await task(own, onWait);
  } finally {
    stops.delete(id);
    printed.send();
  }
}

/** What goes to the page: it holds the functions in it. */
function sent(result: RunResult): WorkerAnswer {
  const answer = result as unknown as WorkerAnswer;
  holdForPage(answer.values, inner.functions);
  return answer;
}

async function evaluated(code: string, options: RunOptions, onWait: () => void): Promise<string> {
  try {
    return await inner.eval(code, options, onWait);
  } catch (error) {
    throw typeof error?.result === "string" ? Object.assign(error, { result: asResult(error.result) }) : error;
  }
}

/** The text of `eval`, as a result of `run`: for the error that says that it is not durable. */
const asResult = (text: string): WorkerAnswer => ({ output: text, values: new Uint8Array(4) });

/** What changes tables beside runs: the answer is given when its changes are durable. */
async function durably<T>(task: () => T): Promise<T> {
  let answer: T;
  try {
    answer = task();
  } catch (error) {
    await lua.flush().catch(() => {});
    throw error;
  }
  await lua.flush();
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
