// The host's side of one opened LuaPersistent: its functions, those of Lua that it holds, and the requests that it makes.
// What runs Lua is bound to it later: functions are asked for before there is anything to run.
import { messageOf } from "../core/host.ts";
import { u32At } from "../bytes/byte-string.ts";
import { encoder } from "../bytes/utf8.ts";
import { MessageWriter } from "../values/message.ts";
import { hasToken, scan } from "../values/message-scan.ts";
import type { FunctionViews } from "../values/results.ts";
import { NO_MAP } from "../core/nothing.ts";
import { type CallLimits, type Callee, HostCalls } from "./calls.ts";
import { type Entry, type HostFunctions, type Restored, readHost } from "./entries.ts";
import type { ExposeError } from "./errors.ts";
import { ExposedObjects, QUESTIONS } from "./exposed-objects.ts";
import { JSON_NAMES, NULL, jsonEntries } from "./json.ts";
import { LuaFunction } from "./lua-function.ts";
import { type Caller, LuaFunctions } from "./lua-functions.ts";
import { type LuaModules, moduleEntry } from "./modules.ts";
import { type Noted, type NotedCall, encodeCall, encodeJournal, encodeNotes } from "./notes.ts";
import type { TaskWatch } from "./task.ts";
import { Encoded } from "./encoded.ts";
import { TASK_NAMES, type TaskRunner, Tasks } from "./tasks.ts";

/** Options of `open`. */
export interface HostOptions extends CallLimits {
  host?: HostFunctions;
  modules?: LuaModules;
  exposeError?: ExposeError;
}

/** Values, or the message of them. */
export type Arguments = readonly unknown[] | Encoded;

const countOf = (args: Arguments): number => (args instanceof Encoded ? u32At(args.message, 0) : args.length);

/** What runs Lua. */
export interface Runner extends Caller, Pick<TaskRunner, "start" | "report" | "changed"> {
  readonly view: (id: number) => unknown;
  idOf(value: object | null): number | undefined;
}

/** Names that are always there, and those that they are in. */
export const BUILT_IN: ReadonlySet<string> = new Set([...TASK_NAMES, ...JSON_NAMES, "json", "exposed"]);

const takenNames = ({ modules }: HostOptions): ReadonlySet<string> =>
  modules ? new Set([...BUILT_IN, "module"]) : BUILT_IN;

/** Of the functions of a Lua that was given none. */
const NAMES: readonly string[] = [...TASK_NAMES, ...JSON_NAMES, ...QUESTIONS];
const NO_ENTRIES: readonly Entry[] = [];

/** What the host has for one Lua. Arguments beyond what Lua's stack takes are refused by lua.wasm. */
export class HostSide implements Callee, FunctionViews, TaskRunner {
  readonly functions: LuaFunctions = new LuaFunctions();
  readonly calls: HostCalls;
  #tasks: Tasks | null = null;
  /** What is to be adopted. */
  announced: Noted | null = null;
  /** For requests. */
  readonly #writer: MessageWriter;
  #runner!: Runner;

  /** Objects that Lua can use; null in a worker, where they are the page's. */
  readonly #objects: ExposedObjects | null;
  /** Functions beside those that are always there, and their names by themselves. */
  readonly #given: readonly Entry[];
  readonly #named: Map<unknown, string> = NO_MAP;
  readonly names: readonly string[];

  constructor(options: HostOptions, others: Entry[] = []) {
    this.#objects = others.length === 0 ? new ExposedObjects() : null;
    this.#given = givenEntries(options, others);
    if (this.#given.length === 0) this.names = NAMES;
    else {
      this.#named = new Map(this.#given.map(({ name, given }) => [given, name]));
      this.#named.delete(undefined);
      const always = this.#objects ? NAMES : [...TASK_NAMES, ...JSON_NAMES];
      this.names = [...always, ...this.#given.map(({ name }) => name)];
    }
    this.#writer = new MessageWriter(this);
    this.calls = new HostCalls(this, options, options.exposeError);
  }

  get tasks(): Tasks {
    return (this.#tasks ??= new Tasks(this));
  }

  get entries(): Entry[] {
    return [
      ...this.tasks.entries,
      ...jsonEntries(new MessageWriter(this)),
      ...(this.#objects?.entries ?? []),
      ...this.#given,
    ];
  }

  // What values become and are made of.

  /** What functions in messages become. */
  get views(): FunctionViews {
    return this;
  }

  get view(): (id: number) => unknown {
    return this.#runner.view;
  }

  exposed(token: unknown): object | undefined {
    return this.#objects?.target(token);
  }

  held(reference: number): LuaFunction {
    return this.functions.held(reference);
  }

  named(name: string): LuaFunction | null {
    return name === NULL ? null : this.functions.named(name);
  }

  idOf(value: object | null): number | undefined {
    return this.#runner.idOf(value);
  }

  functionOf(value: unknown): number | string | undefined {
    return this.#named.get(value) ?? LuaFunction.referenceOf(value, this.functions);
  }

  tokenOf(value: unknown): string | undefined {
    return this.#objects?.tokenOf(value);
  }

  // What tasks need.

  start(message: Uint8Array, watch: TaskWatch): void {
    this.#runner.start(message, watch);
  }

  changed(): void {
    this.#runner.changed();
  }

  report(error: unknown): void {
    this.#runner.report(error);
  }

  /** When something that waits goes on, as Date.now(): 0 when that is up to a function; Infinity when nothing waits. */
  get wakesAt(): number {
    if (this.#tasks) for (const { state } of this.#tasks.journal.tasks) if (state === "new") return Date.now();
    let first = Infinity;
    for (const [, { call }] of this.calls.waiting) first = Math.min(first, call.wakesAt);
    return first;
  }

  /** For images. */
  get notes(): Map<string, Uint8Array> {
    const calls = [...this.calls.waiting].map(([ticket, { call, message }]) => ({ ticket, name: call.name, message }));
    return encodeNotes({ calls, held: this.functions.references });
  }

  /** For the store of a program: records by names. What has not changed is the same bytes each time. */
  journal(): Map<string, Uint8Array> {
    const calls = Array.from(this.calls.waiting, ([ticket, waiting]) => {
      const { call, message, since, run, task } = waiting;
      const { name } = call;
      return { ticket, name, record: (waiting.record ??= encodeCall({ ticket, name, message, since, run, task })) };
    });
    const { announced } = this;
    for (const call of announced?.calls ?? []) calls.push({ ...call, record: encodeCall(call) });
    const held = [...this.functions.references, ...(announced?.held ?? [])];
    return encodeJournal({ calls, held, tasks: this.tasks.journal });
  }

  /** Goes on with the calls that waited. @returns them, with what is to be told of tasks */
  adopt({ calls, held, tasks }: Noted, by: Restored): { call: NotedCall; watch: TaskWatch | null }[] {
    this.announced = null;
    if (tasks) this.tasks.restore(tasks, new Set(calls.map(({ task = 0 }) => task)));
    for (const call of calls) this.calls.adopt(call, by);
    // The functions of before are held for nobody, but for those that are arguments now.
    this.functions.pass(held);
    return calls.map(call => ({ call, watch: (call.task && this.tasks.watch(call.task)) || null }));
  }

  /** The Lua state is gone. @param why those who wait are told */
  clear(why: Error): void {
    this.calls.abandonAll(why, true);
    this.#tasks?.clear(why);
    this.functions.clear();
  }

  bind(runner: Runner): void {
    this.#runner = runner;
    this.functions.caller = runner;
  }

  // Requests (docs/abi.md section 9). The bytes of one are good until the next is made.

  /** @param operation `run` or `start` @param args values @throws {TypeError} naming the argument that cannot be converted */
  chunk(operation: string, source: string, name: string, args: Arguments): Uint8Array {
    const writer = this.#writer
      .begin(3 + countOf(args))
      .text(operation)
      .text(source)
      .text(`=${name}`);
    return this.#withArguments(writer, args);
  }

  /** @param callee a function of Lua or of the host */
  call(callee: LuaFunction, args: Arguments): Uint8Array {
    const writer = this.#writer.begin(2 + countOf(args)).text("call");
    return this.#withArguments(this.#function(writer, callee), args);
  }

  /** As `value` of the writer does, which first looks whether it is anything else. */
  #function(writer: MessageWriter, callee: LuaFunction): MessageWriter {
    const known = LuaFunction.referenceOf(callee, this.functions);
    if (typeof known === "number") return writer.held(known);
    return known === undefined ? writer.value(callee, "the function") : writer.named(known);
  }

  #withArguments(writer: MessageWriter, args: Arguments): Uint8Array {
    if (args instanceof Encoded) {
      writer.hasTokens ||= hasToken(args.message);
      return writer.encoded(args.message.subarray(4)).finish();
    }
    for (let at = 0; at < args.length; at++) writer.value(args[at], "argument", at + 1);
    return writer.finish();
  }

  /** @param message of a function and its arguments */
  callOf(message: Uint8Array): Uint8Array {
    return this.#writer
      .begin(u32At(message, 0) + 1)
      .text("call")
      .encoded(message.subarray(4))
      .finish();
  }

  /** The same, by way of another function that gets it first. */
  callWith(first: LuaFunction, callee: LuaFunction, args: Arguments): Uint8Array {
    const writer = this.#writer
      .begin(3 + countOf(args))
      .text("call")
      .value(first, "the function");
    return this.#withArguments(writer.value(callee, "the function"), args);
  }

  /** Arguments with a function before them. */
  with(first: LuaFunction, args: Arguments): Encoded {
    const writer = this.#writer.begin(1 + countOf(args)).value(first, "the function");
    return new Encoded(this.#withArguments(writer, args).slice());
  }

  /** Whether the last request has objects that are exposed: Lua must make tables for them first. */
  get hasObjects(): boolean {
    return this.#writer.hasTokens;
  }

  /** What a task is to do: a function of Lua or code, and arguments. @throws {TypeError} naming what cannot be kept */
  taskMessage(what: LuaFunction | string, args: readonly unknown[]): Uint8Array {
    const writer = this.#writer.begin(1 + args.length);
    if (typeof what === "string") writer.text(what);
    else writer.value(what, "the function");
    return this.#withArguments(writer, args).slice();
  }

  cancel(ticket: number): Uint8Array {
    return this.#writer.begin(2).text("cancel").number(ticket).finish();
  }

  release(references: readonly number[]): Uint8Array {
    const writer = this.#writer.begin(references.length + 1).text("release");
    for (const reference of references) writer.held(reference);
    return writer.finish();
  }

  /** The names of the functions, for a Lua that was another's. */
  namesRequest(): Uint8Array {
    return messageOf(["host", ...this.names].map(name => encoder.encode(name)));
  }

  /** A message that nobody reads: functions in it are released. */
  pass(message: Uint8Array | null): void {
    if (message && message.length > 4) this.functions.pass(scan(message).references);
  }
}

/** @param others that are another's */
function givenEntries(options: HostOptions, others: readonly Entry[]): readonly Entry[] {
  const { host, modules } = options;
  if (!host && !modules) return others.length === 0 ? NO_ENTRIES : others;
  const given = [...others];
  if (modules) given.push(moduleEntry(modules));
  if (host) given.push(...readHost(host, "open", takenNames(options)));
  return given;
}
