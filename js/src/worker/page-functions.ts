// On the page: its functions that Lua in a worker can call, and the functions of that Lua. Their messages go through the
// channel as they are. It knows nothing of workers.
import { type Exchange, encodeResults, isThenable, noObjects, restored, tooManyResults } from "../host/calls.ts";
import { Call } from "../host/call.ts";
import { type Entry, type Restored, readHost } from "../host/entries.ts";
import { HostLimit, type Told, tell } from "../host/errors.ts";
import { NULL } from "../host/json.ts";
import { LuaFunction } from "../host/lua-function.ts";
import { type Caller, LuaFunctions } from "../host/lua-functions.ts";
import { ExposedObjects } from "../host/exposed-objects.ts";
import { moduleEntry } from "../host/modules.ts";
import { Encoded } from "../host/encoded.ts";
import { BUILT_IN } from "../host/side.ts";
import type { Settings } from "../session/options.ts";
import type { RunResult } from "../session/types.ts";
import { MessageWriter } from "../values/message.ts";
import { type FunctionViews, decodeError, decodeResults } from "../values/results.ts";
import type { LuaValue } from "../values/types.ts";
import { type Methods, Moved } from "./channel.ts";
import { LuaTableId, type WorkerAnswer, tableIds } from "./values.ts";

/** Errors of calls that are known again. */
const MOST = 100;

/** What a call answers the worker with. */
export type HostAnswer =
  { results: Uint8Array<ArrayBuffer>; isAtOnce: boolean } | { told: Told; limit: HostLimit["limit"] | undefined };

export class PageFunctions {
  readonly functions: LuaFunctions;
  readonly #entries: Map<string, Entry>;
  readonly #settings: Settings;
  readonly #exchange: Exchange;
  readonly #views: FunctionViews;
  readonly #writer: MessageWriter;
  readonly #arguments: MessageWriter;
  readonly #objects = new ExposedObjects();
  /** How often Lua in this worker was another one. */
  age = 0;
  readonly #calls = new Map<number, Call>();
  /** What calls threw, by their numbers. */
  readonly #raised = new Map<number, unknown>();
  /** How often each function came. */
  #received = new Map<number, number>();

  /** @param caller whose `release` gets what `received` answers for */
  constructor(settings: Settings, caller: Caller) {
    this.#settings = settings;
    this.functions = new LuaFunctions();
    this.functions.caller = caller;
    const entries = settings.modules ? [moduleEntry(settings.modules)] : [];
    const taken = new Set([...BUILT_IN, ...entries.map(({ name }) => name)]);
    entries.push(...this.#objects.entries);
    if (settings.host) entries.push(...readHost(settings.host, "openWorker", taken));
    this.#entries = new Map(entries.map(entry => [entry.name, entry]));
    const named = new Map(entries.map(({ given, name }) => [given, name]));
    named.delete(undefined);
    this.#views = {
      exposed: token => this.#objects.target(token),
      held: reference => {
        this.#received.set(reference, (this.#received.get(reference) ?? 0) + 1);
        return this.functions.held(reference);
      },
      named: name => (name === NULL ? null : this.functions.named(name)),
    };
    this.#exchange = {
      view: tableIds(),
      idOf: value => (value instanceof LuaTableId ? value.id : undefined),
      functionOf: value => named.get(value) ?? LuaFunction.referenceOf(value, this.functions),
      views: this.#views,
      tokenOf: value => this.#objects.tokenOf(value),
    };
    const { callBytesLimit } = settings;
    this.#writer = new MessageWriter(this.#exchange, callBytesLimit, tooManyResults);
    this.#arguments = new MessageWriter(this.#exchange);
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** How often these functions came since this was asked, for whoever counts them at the other end. */
  received(references: number[]): [reference: number, times: number][] {
    return references.map(reference => {
      const times = this.#received.get(reference) ?? 0;
      this.#received.delete(reference);
      return [reference, times];
    });
  }

  /** The worker, or its Lua, is another one. */
  forget(age = 0): void {
    this.age = age;
    this.functions.clear();
    this.#received = new Map();
    for (const call of this.#calls.values()) call.abandon(new Error("the worker with Lua has ended"));
    this.#calls.clear();
  }

  /** @param args values, after `callee` when there is one @throws {TypeError} naming what cannot be converted */
  encode(args: readonly unknown[], callee?: LuaFunction | string): Uint8Array {
    const writer = this.#arguments.begin(args.length + (callee === undefined ? 0 : 1));
    if (callee !== undefined) writer.value(callee, "the function");
    args.forEach((value, at) => writer.value(value, `argument ${at + 1}`));
    return writer.finish().slice();
  }

  decode(message: Uint8Array): LuaValue<LuaTableId>[] {
    return decodeResults(message, tableIds(), this.#views);
  }

  result(answer: WorkerAnswer): RunResult<LuaValue<LuaTableId>[]> {
    return { ...answer, values: this.decode(answer.values) };
  }

  /** @param message `error` of lua.wasm @returns what was raised */
  raisedValue(message: Uint8Array): LuaValue<LuaTableId> {
    return decodeError(message, tableIds(), this.#views).value;
  }

  /** @returns what the call of this number threw */
  thrownBy(id: number): { error: unknown } | undefined {
    return this.#raised.has(id) ? { error: this.#raised.get(id) } : undefined;
  }

  /** For the worker. */
  get methods(): Methods {
    return {
      callHost: (id: number, name: string, message: Uint8Array, by?: Restored) =>
        this.#answer(new Call(id, name), message, by),
      forget: (age: number) => this.forget(age),
      abandonHost: (id: number) => this.#calls.get(id)?.abandon(new Error("Lua does not wait for it any more")),
    };
  }

  async #answer(call: Call, message: Uint8Array, by?: Restored): Promise<HostAnswer | Moved> {
    this.#calls.set(call.id, call);
    try {
      const { results, isAtOnce } = await this.#results(call, message, by);
      return new Moved({ results, isAtOnce }, [results.buffer]);
    } catch (error) {
      if (this.#raised.size === MOST) this.#raised.delete(this.#raised.keys().next().value!);
      this.#raised.set(call.id, error);
      const limit = error instanceof HostLimit ? error.limit : undefined;
      return { told: tell(error, call.name, this.#settings.exposeError), limit };
    } finally {
      // Lua that has gone back makes the same call again.
      if (this.#calls.get(call.id) === call) this.#calls.delete(call.id);
    }
  }

  async #results(
    call: Call,
    message: Uint8Array,
    by?: Restored,
  ): Promise<{ results: Uint8Array<ArrayBuffer>; isAtOnce: boolean }> {
    const entry = this.#entries.get(call.name)!;
    const args = decodeResults(message, this.#exchange.view, this.#views);
    let result = by ? restored({ entry, call, message, by }, args) : entry.call!(args, () => call);
    const isAtOnce = !isThenable(result);
    if (!isAtOnce) result = await settled(call, result as PromiseLike<unknown>, entry.options.timeout);
    if (result instanceof Encoded) return { results: result.message.slice(), isAtOnce };
    const results = noObjects(this.#writer, call.name, encodeResults(this.#writer, 1, undefined, result)).slice();
    return { results, isAtOnce };
  }
}

/** Waits for a promise, until the call's time is over or nobody waits for it any more. */
function settled(call: Call, promise: PromiseLike<unknown>, timeout: number | undefined): Promise<unknown> {
  call.follow(promise, timeout);
  return new Promise((resolve, reject) =>
    call.whenDecided(decision => {
      if (!("outcome" in decision)) reject(decision.stop);
      else if ("isError" in decision.outcome) reject(decision.outcome.error);
      else resolve(decision.outcome.value);
    }),
  );
}
