// `host.sleep`, `at`, `spawn`, `join` and `all`: what waits, and tasks that run beside the one that starts them. How a task is run
// is known to the session.
import { u32At } from "../bytes/byte-string.ts";
import { HELD, NAMED } from "../core/ids.ts";
import { hasToken, scan } from "../values/message-scan.ts";
import { decodeResults } from "../values/results.ts";
import type { LuaFunctions } from "./lua-functions.ts";
import { type Call, alarm } from "./call.ts";
import { type Entry, NOT_AGAIN, type Restored } from "./entries.ts";
import { Encoded } from "./encoded.ts";
import { LuaResults } from "./results.ts";
import { NO_MESSAGE, type NotedTask, Task, type TaskState, type TaskWatch } from "./task.ts";

/** Of the functions that Lua has for them. */
export const TASK_NAMES = ["sleep", "at", "spawn", "join", "all"];

/** Starts tasks. */
export interface TaskRunner {
  /** @param message of a function or code, and its arguments @param watch is told what becomes of it */
  start(message: Uint8Array, watch: TaskWatch): void;
  /** What a store keeps of tasks has changed. */
  changed(): void;
  functions: LuaFunctions;
  view(id: number): unknown;
  /** Nobody else hears of this error of a task. */
  report(error: unknown): void;
}

/** Results of tasks that nobody has asked for: those of older ones are forgotten. */
const MOST_ENDED = 1000;

/** What of tasks a store keeps. */
export interface NotedTasks {
  /** How many there were. */
  count: number;
  tasks: NotedTask[];
}

/** The tasks of one Lua state. */
export class Tasks {
  readonly #runner: TaskRunner;
  #tasks = new Map<number, Task>();
  /** Numbers of those that have ended, and are no part of a group. */
  #ended = new Set<number>();
  /** Those that somebody waits for. */
  #joined = new Set<number>();
  #count = 0;

  constructor(runner: TaskRunner) {
    this.#runner = runner;
  }

  /** Those of TASK_NAMES. */
  get entries(): Entry[] {
    return [
      { name: "sleep", options: { onRestore: "again" }, call: ([seconds], call) => sleep(seconds, call()) },
      { name: "at", options: { onRestore: "again" }, call: ([time], call) => wake(time, call()) },
      { name: "spawn", options: {}, pass: message => this.#spawn(checkedCall(message).slice()) },
      {
        name: "join",
        options: {},
        call: ([task], call) => this.#join(task, call()),
        restore: (message, call, by) => this.#join(this.#decode(message)[0], ofStore(call(), by)),
      },
      {
        name: "all",
        options: {},
        pass: (message, call) => this.#all(message, call()),
        restore: (_, call, by) => this.#wait(this.#groupOf(call().id), ofStore(call(), by)),
      },
    ];
  }

  /** For the store of a program. */
  get journal(): { count: number; tasks: Iterable<Task> } {
    return { count: this.#count, tasks: this.#tasks.values() };
  }

  /** Goes on with the tasks of a program. @param waiting those whose calls wait */
  restore({ count, tasks }: NotedTasks, waiting: ReadonlySet<number>): void {
    this.#count = count;
    for (const noted of tasks) {
      const task = new Task(noted);
      this.#tasks.set(task.id, task);
      // That page has reported it.
      if (task.state === "failed") this.#joined.add(task.id);
      this.#hold(task, task.message);
      if (task.state === "running" && !waiting.has(task.id)) this.#failed(task, new Error(STOPPED));
      if (task.state === "new") this.#runner.start(task.message, this.#watch(task));
      else if (task.state !== "running") task.settle();
      if (task.group === 0) this.#follow(task);
    }
  }

  /** For what goes on with a task of a program. */
  watch(id: number): TaskWatch | undefined {
    const task = this.#tasks.get(id);
    return task && this.#watch(task);
  }

  /** From now on it needs the functions in a message, and not those that it needed before. */
  #hold(task: Task, message: Uint8Array): void {
    const before = task.held;
    task.held = message.length > 0 ? scan(message).references : [];
    for (const reference of task.held) this.#runner.functions.hold(reference);
    this.#drop(before);
  }

  /** @param message makes that of code or a function @returns the task of this name, or a new one */
  named(name: string, message: () => Uint8Array): Task {
    const known = this.allNamed().find(task => task.name === name);
    if (known) return known;
    const what = message();
    if (hasToken(what)) throw new TypeError("an exposed object cannot be an argument of a task: it is the page's");
    const task = this.#start(what, { name });
    this.#follow(task);
    return task;
  }

  allNamed(): Task[] {
    return [...this.#tasks.values()].filter(({ name }) => name !== "");
  }

  /** Its result is not needed any more. */
  drop(task: Task): void {
    if (this.#has(task)) this.#forget(task.id);
  }

  /** Somebody hears of its error. */
  isHeard(task: Task): void {
    if (this.#has(task)) this.#joined.add(task.id);
  }

  /** Whether it is one of this Lua state: another one can have its number. */
  #has(task: Task): boolean {
    return this.#tasks.get(task.id) === task;
  }

  /** The Lua state is gone, and the functions that were held for its tasks. @param why what has not begun does not begin */
  clear(why: unknown): void {
    for (const task of this.#tasks.values()) {
      task.held = [];
      task.stop(why);
    }
    this.#tasks.clear();
    this.#ended.clear();
    this.#joined.clear();
  }

  #spawn(message: Uint8Array): number {
    const task = this.#start(message, {});
    this.#follow(task);
    return task.id;
  }

  #follow(task: Task): void {
    task.results.then(
      () => this.#end(task),
      (error: unknown) => {
        if (this.#has(task) && !this.#joined.has(task.id)) this.#runner.report(error);
        this.#end(task);
      },
    );
  }

  /** Functions in the message are held until it has ended, and those in its results from then on. */
  #start(message: Uint8Array, { group = 0, name = "" }: { group?: number; name?: string }): Task {
    const task = new Task({ id: ++this.#count, state: "new", group, name, message, error: null });
    this.#tasks.set(task.id, task);
    this.#hold(task, message);
    this.#runner.start(message, this.#watch(task));
    this.#runner.changed();
    return task;
  }

  #watch(task: Task): TaskWatch {
    return {
      id: task.id,
      name: task.name,
      signal: task.signal,
      stop: why => task.stop(why),
      begun: () => {
        task.state = "running";
        task.message = NO_MESSAGE;
      },
      ended: results => this.#ends(task, results),
      failed: error => this.#failed(task, error),
      settled: () => task.settle(),
    };
  }

  #become(task: Task, state: TaskState, message: Uint8Array): void {
    task.state = state;
    task.message = message;
    this.#hold(task, message);
    this.#runner.changed();
  }

  #ends(task: Task, results: Uint8Array): void {
    if (hasToken(results)) this.#failed(task, new TypeError("an object of the host cannot be a result of a task"));
    else if (scan(results).hasShown)
      this.#failed(task, new TypeError("a coroutine or a userdata cannot be a result of a task"));
    else this.#become(task, "ended", results);
  }

  #failed(task: Task, error: unknown): void {
    if (task.state === "ended" || task.state === "failed") return;
    task.error = error;
    this.#become(task, "failed", NO_MESSAGE);
  }

  #drop(references: number[]): void {
    for (const reference of references) this.#runner.functions.drop(reference);
  }

  #end(task: Task): void {
    // The host drops those that it has named.
    if (!this.#has(task) || task.name !== "") return;
    // Who joins it may be stopped before it has the results.
    this.#ended.add(task.id);
    if (this.#ended.size <= MOST_ENDED) return;
    const [oldest] = this.#ended;
    this.#forget(oldest);
  }

  #forget(id: number): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    this.#ended.delete(id);
    this.#joined.delete(id);
    if (!task) return;
    this.#drop(task.held);
    task.held = [];
    this.#runner.changed();
  }

  #join(id: unknown, call: Call): Promise<Encoded> {
    const task = this.#tasks.get(id as number);
    if (!task || task.group !== 0) throw new Error(`there is no task ${String(id)}: it was joined, or ended long ago`);
    this.#joined.add(task.id);
    call.wakesAt = Infinity;
    call.onAnswered = () => this.#forget(task.id);
    return task.results.then(message => new Encoded(message));
  }

  /** Runs functions beside each other. */
  #all(message: Uint8Array, call: Call): Promise<LuaResults> {
    const functions = functionsIn(message);
    return this.#wait(
      functions.map(one => this.#start(one, { group: call.id })),
      call,
    );
  }

  #groupOf(ticket: number): Task[] {
    return [...this.#tasks.values()].filter(({ group }) => group === ticket).sort((a, b) => a.id - b.id);
  }

  /** Waits for all; the first error ends the others. */
  async #wait(tasks: Task[], call: Call): Promise<LuaResults> {
    const stopAll = (why: unknown) => tasks.forEach(task => task.stop(why));
    const forget = () => tasks.forEach(({ id }) => this.#forget(id));
    const end = () => {
      stopAll(call.signal.reason);
      forget();
    };
    call.signal.addEventListener("abort", end);
    call.wakesAt = Infinity;
    // What they came to must be there as long as somebody may have to ask again.
    call.onAnswered = forget;
    try {
      return new LuaResults(await Promise.all(tasks.map(async ({ results }) => this.#decode(await results)[0])));
    } catch (error) {
      stopAll(new Error("another of the functions of host.all failed"));
      throw error;
    } finally {
      call.signal.removeEventListener("abort", end);
    }
  }

  #decode(message: Uint8Array): unknown[] {
    return decodeResults(message, id => this.#runner.view(id), this.#runner.functions);
  }
}

const STOPPED = "it was stopped when the program ended";

/** A fork has no tasks of what it is one of. */
function ofStore(call: Call, by: Restored): Call {
  if (by === "image") throw new Error(NOT_AGAIN.image);
  return call;
}

/** @returns the same, if it begins with a function and can go back to Lua */
function checkedCall(message: Uint8Array): Uint8Array {
  if (message.length === 4 || !isFunction(message[4])) throw new TypeError("it takes a function, and arguments for it");
  if (scan(message).hasShown) throw new TypeError("a coroutine or a userdata cannot be an argument of a task");
  return message;
}

const isFunction = (tag: number): boolean => tag === HELD || tag === NAMED;

/** @returns for each function a message of it alone */
function functionsIn(message: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 4; at < message.length;) {
    if (!isFunction(message[at]))
      throw new TypeError(`argument ${found.length + 1} is no function: it takes functions only`);
    const size = message[at] === HELD ? 5 : 5 + u32At(message, at + 1);
    found.push(Uint8Array.of(1, 0, 0, 0, ...message.subarray(at, at + size)));
    at += size;
  }
  return found;
}

/** @param time Unix time, in seconds */
function wake(time: unknown, call: Call): Promise<void> {
  if (typeof time !== "number" || Number.isNaN(time)) throw new TypeError("it takes a time as os.time gives it");
  return pause(time * 1000 - Date.now(), call);
}

function sleep(seconds: unknown, call: Call): Promise<void> {
  if (typeof seconds !== "number" || !(seconds >= 0))
    throw new TypeError("it takes a number of seconds that is not negative");
  return pause(seconds * 1000 - call.waited, call);
}

function pause(milliseconds: number, call: Call): Promise<void> {
  call.wakesAt = Date.now() + milliseconds;
  return new Promise(resolve => {
    const end = alarm(milliseconds, resolve);
    call.signal.addEventListener("abort", end, { once: true });
  });
}
