// What a user of the package writes, and what must not compile. Only compiled, never run.
import {
  LuaError,
  LuaFunction,
  LuaLimitError,
  LuaOpaque,
  LuaPersistent,
  LuaTable,
  StoreError,
  type HistoryEntry,
  type HostFunctions,
  type LuaSession,
  type LuaStorable,
  type LuaStore,
  type LuaTableId,
  type LuaValue,
  type LuaWorker,
  type OpenOptions,
  type RecordChange,
  type Snapshot,
  type StoreErrorKind,
  type WorkerTask,
} from "lua-persistent";
import type {} from "lua-persistent/classic";
import type {} from "lua-persistent/classic/wasm-loader.js";
import { StoreError as SameStoreError, memoryStore } from "lua-persistent/stores";
import { wasmHash } from "lua-persistent/wasm-hash";

// The old interface.
const plain: LuaPersistent = await new LuaPersistent().load("web/lua.wasm");
const text: string = plain.eval("1");
const snapshot: Snapshot = plain.createSnapshot();
plain.restoreSnapshot(JSON.parse(JSON.stringify(snapshot)));
plain.saveToLocalStorage();
const found: boolean = plain.loadFromLocalStorage("name");
const megabytes: string = plain.getStats().linearMemoryMB;
plain.exports?.run_gc();
const keys: number = plain.migrate().integerKeys;
const chained: LuaPersistent = await (await loadWasmModule()).load(fetch("lua.wasm"));
// @ts-expect-error a plain one has no run
plain.run("1");
// @ts-expect-error before load there are no exports
plain.exports.run_gc();
// @ts-expect-error code is text
plain.eval(1);
// @ts-expect-error no such source
plain.load(null);

// Views.
const table: LuaTable = plain.table("name");
table
  .set("a", 1)
  .set(2, "b")
  .set(true, null)
  .set(5n, { list: [1, new Map([[1, 2]])] });
for (const [key, value] of table) if (key instanceof LuaTable && typeof value === "bigint") value.toString();
const size: number = table.size + table.id;
const copied = table.toObject();
if (Array.isArray(copied)) copied[0];
// @ts-expect-error views are made by table()
new LuaTable();
// @ts-expect-error size is not to be set
table.size = 3;
// @ts-expect-error an object is no key
table.get({});
// @ts-expect-error a symbol cannot be stored
table.set("a", Symbol());
interface Save {
  hp: number;
  mail?: string | null;
  pos: { x: number; y: number };
  items: readonly string[];
  seen: Map<number, Save>;
}
type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
interface Letter {
  body: Json;
  answers: Letter[];
  by?: LuaTable | Save;
}
declare const letter: Letter;
table.set("letter", letter);
declare const save: Save,
  json: Json,
  anything: any,
  either: Save | string | undefined,
  record: Record<string, number[]>;
table.set("save", save).set("json", json).set("any", anything).set("either", either).set("record", record);
table
  .set("bytes", [Uint8Array.of(1), null, undefined, [[]]])
  .set("self", { table })
  .set("none", undefined);
const put = (value: LuaStorable) => table.set("any of them", value);
table.set("tuple", [1, "x"] as const).set("map", new Map([["a", { b: [1] }]]));
// @ts-expect-error a Date cannot be stored
table.set("a", new Date());
// @ts-expect-error nor one inside
table.set("a", { at: [new Date()] });
// @ts-expect-error a Set cannot be stored
table.set("a", { names: new Set<string>() });
// @ts-expect-error a function cannot be stored
table.set("a", () => 1);
// @ts-expect-error what has methods cannot be stored
table.set("a", { name: "x", greet() {} });
// @ts-expect-error a class cannot be stored
table.set("a", class {});
// @ts-expect-error no array of bytes but a Uint8Array can be stored
table.set("a", [new Float64Array(1)]);
// @ts-expect-error a promise cannot be stored
table.set("a", { later: Promise.resolve(1) });
// @ts-expect-error an object is no key
table.set("a", new Map([[{}, 1]]));
// @ts-expect-error a Set inside a Map
table.set("a", new Map([[1, new Set()]]));

// Opening.
const options: OpenOptions = {
  wasm: fetch("lua.wasm"),
  store: "indexedDB",
  name: "notes",
  whenBusy: "readOnly",
  lock: true,
  signal: new AbortController().signal,
  rollbackOnError: true,
  onOutput: piece => piece.trim(),
  onOutputBytes: bytes => bytes.subarray(1),
  outputLimit: 1000,
  memoryLimit: 2 ** 24,
  instructionLimit: 1e9,
  timeout: 500,
  interrupt: () => false,
  wasmHash: "0123456789abcdef",
};
const lua: LuaSession = await LuaPersistent.open(options);
const isOne: LuaPersistent = lua;
await LuaPersistent.open();
await LuaPersistent.eraseStore({ store: "localStorage", name: "notes" });
// @ts-expect-error no such store
await LuaPersistent.open({ store: "disk" });
// @ts-expect-error no such option
await LuaPersistent.open({ memorylimit: 1 });
// @ts-expect-error a store lacks commit
await LuaPersistent.open({ store: { load: () => [], clear() {} } });
// @ts-expect-error not one of the three
await LuaPersistent.open({ whenBusy: "later" });

// Running.
const { output, values } = await lua.run("return 1, 'two'", { onOutput: (piece: string) => {}, timeout: 5 });
await lua.run("", { onSteps: (steps: number) => {} });
const waits: string[] = lua.getStats().waits;
const printed: string = output;
const first: LuaValue = values[0];
if (Array.isArray(first)) first.length;
else if (first instanceof Map) first.get("x");
else if (first instanceof LuaTable) first.get("x");
else if (first instanceof LuaOpaque) first.text.length;
else if (first instanceof Uint8Array) first.byteLength;
else if (typeof first === "object") first.anything;
else if (typeof first === "bigint") first + 1n;
const known = (await lua.run<[number, { name: string }]>("return 1, {name = 'x'}")).values;
const sum: number = known[0] + known[1].name.length;
const plainText: string = lua.eval("1", { timeout: 5 });
const again: LuaSession = await lua.load();
const bytes: number = lua.getStats().luaBytes;
const state: [boolean, string | null] = [lua.readOnly, lua.wasmHash];
await lua.flush();
await lua.clear();
await lua.close({ discard: true });
// @ts-expect-error a value is not known to be a number
const wrong: number = values[0];
// @ts-expect-error no such option
await lua.run("1", { onoutput() {} });
// @ts-expect-error not to be set
lua.readOnly = false;

// Images.
const moments: HistoryEntry[] = await lua.history({ keep: 20 });
await lua.rewind(moments[0].n);
const since: Date = moments[0].when;
// @ts-expect-error a moment has a number
await lua.rewind(moments[0]);
const image: Uint8Array = await lua.saveImage();
new Blob([await lua.saveImage()]);
const copy: LuaSession = await LuaPersistent.openImage(image, { store: "memory" });
await LuaPersistent.openImage(image.buffer as ArrayBuffer);
// @ts-expect-error text is no image
await LuaPersistent.openImage("image");

const ofModule: LuaSession = await LuaPersistent.open({ wasm: await WebAssembly.compile(new Uint8Array()), wasmHash });

// A worker.
const worker: LuaWorker = await LuaPersistent.openWorker({
  store: "indexedDB",
  timeout: 500,
  image,
  onRestart: (why: unknown) => {},
});
const stop = new AbortController();
const ran = await worker.run("return Memory.t", { signal: stop.signal, timeout: 100, onOutput: (piece: string) => {} });
const inWorker: LuaValue<LuaTableId> = ran.values[0];
if (Array.isArray(inWorker)) inWorker[0];
else if (inWorker instanceof Map) inWorker.get("x");
const counted: number = (await worker.run<[number]>("return 1")).values[0];
const said: string = await worker.eval("1", { signal: stop.signal });
const taken: Snapshot = await worker.createSnapshot();
await worker.restoreSnapshot(taken);
const figures: [number, string, number] = [
  (await worker.getStats()).luaBytes,
  (await worker.getStats()).store,
  worker.restarts,
];
const quest: WorkerTask = await worker.task("quest", "return ...", 1, { a: [2] });
const results: LuaValue<LuaTableId>[] = await quest.done;
const waiting: boolean = (await quest.status) === "waiting" && (await worker.tasks())[0].waitsFor === "sleep";
await worker.rewind((await worker.history({ keep: 5 }))[0].n);
// @ts-expect-error it is asked for by a message
quest.status === "done";
const fresh: LuaWorker = await worker.load();
await worker.runGc();
await worker.runGc({ timeout: 100, signal: stop.signal });
await lua.runGc({ timeout: 100, signal: stop.signal });
plain.runGc({ timeout: 100 });
// @ts-expect-error it runs no chunk
await lua.runGc({ name: "x" });
await worker.flush();
await worker.clear();
await worker.close({ discard: true });
await worker.terminate();
const moved: LuaSession = await LuaPersistent.openImage(await worker.saveImage());
// @ts-expect-error a worker is stopped by a signal
await LuaPersistent.openWorker({ interrupt: () => true });
// @ts-expect-error its output is text
await LuaPersistent.openWorker({ onOutputBytes: () => {} });
// @ts-expect-error its values are in another thread
const synchronous: string = worker.eval("1");
// @ts-expect-error views do not leave the worker
worker.table(1);
// @ts-expect-error not a signal
await worker.run("1", { signal: stop });

// Errors.
try {
  await lua.run("error()");
} catch (error) {
  if (error instanceof LuaLimitError) {
    const limit: "memory" | "tables" | "instructions" | "time" | "host" = error.limit;
    // @ts-expect-error no such limit
    error.limit === "disk";
  } else if (error instanceof LuaError) {
    const told: [string, string, number, LuaValue, string] = [
      error.message,
      error.traceback,
      error.line,
      error.value,
      error.output,
    ];
  } else if (error instanceof StoreError) {
    const kind: StoreErrorKind = error.kind;
    const needed: number | undefined = error.bytesNeeded;
    error.result?.values.length;
    // @ts-expect-error no such kind
    error.kind === "full";
  }
}

// A store of one's own.
class MapStore implements LuaStore {
  label = "map";
  records = new Map<string, Uint8Array>();
  load() {
    return this.records;
  }
  async commit(changes: RecordChange[]) {
    for (const { name, bytes } of changes) bytes ? this.records.set(name, bytes) : this.records.delete(name);
  }
  clear() {
    this.records.clear();
  }
  async lock(whenBusy: string) {
    if (whenBusy === "refuse") throw new StoreError("busy", this.label, "is in use");
    return { readOnly: false, release() {} };
  }
}
await LuaPersistent.open({ store: new MapStore() });
await LuaPersistent.open({ store: memoryStore() });
const isSame: typeof StoreError = SameStoreError;

// Classes of errors.
new LuaLimitError("time", "interrupted");
// @ts-expect-error a limit and a text
new LuaLimitError("interrupted");
const isStatic: typeof LuaError = LuaPersistent.LuaError;
class Mine extends LuaPersistent {}
const mine: Mine = await new Mine().load();

// Functions of the host.
const api = {
  now: () => Date.now(),
  http: { text: async (url: string) => url },
  on: (handler: LuaFunction) => void handler.call(1),
  slow: LuaPersistent.hostFunction(
    async (call, url: string) => `${call.id} ${call.name} ${url} ${call.signal.aborted}`,
    { timeout: 5, onRestore: "again" },
  ),
  two: () => LuaPersistent.results(1, "b"),
};
const hostFunctions: HostFunctions = api;
const hosting = await LuaPersistent.open({
  host: api,
  modules: { a: "return 1", b: new Uint8Array() },
  exposeError: (error, name) => ({ message: String(error), name, code: 5 }),
  callLimit: 5,
});
await LuaPersistent.openWorker({ host: hostFunctions, modules: async name => (name === "a" ? "" : null) });
await hosting.run("return ...", { args: [1, null, { a: [1] }], env: "fresh", signal: stop.signal });
const [called] = await hosting.call("game.update", 1, { x: 1 });
hosting.set("a.b", 1);
const global: LuaValue = hosting.get("a.b");
if (global instanceof LuaFunction) {
  const results: LuaValue[] = await global.call(1);
  global.release();
  void results;
}
void called;
LuaPersistent.expose({ x: 1, say() {} }, { methods: ["say"], properties: ["x"] });
// @ts-expect-error a number is no function
await LuaPersistent.open({ host: { now: 5 } });
// @ts-expect-error no such policy
LuaPersistent.hostFunction(() => 1, { onRestore: "never" });
// @ts-expect-error eval has no signal
hosting.eval("1", { signal: stop.signal });
// @ts-expect-error functions of Lua come from Lua
new LuaFunction();
