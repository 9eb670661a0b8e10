// Calls of functions of the host by lua.wasm (docs/abi.md section 9): finds the function, converts arguments and answer, and
// keeps the calls that are not answered yet. It knows nothing of runs but what a call needs of the one that makes it.
import { keyString, u32At } from "../bytes/byte-string.ts";
import { encoder } from "../bytes/utf8.ts";
import { NO_MAP, ownMap } from "../core/nothing.ts";
import { type FunctionViews, decodeResults } from "../values/results.ts";
import { type Known, MessageWriter } from "../values/message.ts";
import { Call } from "./call.ts";
import { type Entry, NOT_AGAIN, type Restored } from "./entries.ts";
import { QUESTIONS } from "./exposed-objects.ts";
import type { NotedCall } from "./notes.ts";
import { type ExposeError, HostLimit, RaisedErrors, type Told, tell } from "./errors.ts";
import { Encoded } from "./encoded.ts";
import { LuaResults } from "./results.ts";

/** What a call of lua.wasm begins with: `call `, the ticket, the length of the name. */
const HEAD = 13;
/** First bytes of answers. */
const RESULTS = 0;
const RAISED = 1;
const LATER = Uint8Array.of(2);

export interface CallLimits {
  /** Calls of one run, until it waits. */
  callLimit: number;
  /** Calls that are not answered. */
  waitingLimit: number;
  /** Bytes of the arguments of one call, and of its results. */
  callBytesLimit: number;
}

/** What of a run its calls need. */
export interface CallingRun {
  /** Why it cannot wait: a call that would is that error. */
  cannotWait: string | null;
  errors: RaisedErrors;
  /** Since it waited last. */
  calls: number;
  /** Of its source, for messages. */
  name: string;
  /** What is told of a task; null for what is none. */
  watch: { id: number } | null;
}

/** What values become and are made of. */
export interface Exchange extends Known {
  readonly view: (id: number) => unknown;
  readonly views: FunctionViews;
}

/** Whose functions they are. */
export interface Callee extends Exchange {
  /** Of the functions, in the order in which Lua hears of them. */
  readonly names: readonly string[];
  /** Made when one is called: in most Luas none is. */
  readonly entries: Entry[];
}

interface Waiting {
  call: Call;
  entry: Entry;
  /** Of the arguments: for images. */
  message: Uint8Array;
  /** When it was made, as Date.now(). */
  since: number;
  /** The name of the run that waits, and the number of the task that it is. */
  run: string;
  task: number;
  /** All this as a stored program has it. */
  record?: Uint8Array;
}

/** A part of bytes. */
interface Part {
  bytes: Uint8Array;
  from: number;
  to: number;
  part: Uint8Array;
}

const NO_PART: Part = { bytes: LATER, from: 0, to: 0, part: LATER };

/** The names that were asked for last: most Luas of a program have the same. */
let lastLines = "";
let lastBytes: Uint8Array = new Uint8Array(0);

/** The functions of the host, and their calls. */
export class HostCalls {
  #entries: Map<string, Entry> | null = null;
  readonly #callee: Callee;
  readonly #limits: CallLimits;
  readonly #expose: ExposeError | undefined;
  #ownWriter: MessageWriter | null = null;
  #waiting: Map<number, Waiting> = NO_MAP;
  /** The arguments of the last call, in memory. */
  #last = NO_PART;
  /** The last answer, of which the module may want what it had no room for. */
  #answer: Uint8Array | undefined;
  /** Who calls. */
  run!: CallingRun;
  /** Why those that waited in an earlier Lua state are lost. */
  lost: unknown;

  constructor(callee: Callee, limits: CallLimits, expose?: ExposeError) {
    this.#callee = callee;
    this.#limits = limits;
    this.#expose = expose;
  }

  get #writer(): MessageWriter {
    return (this.#ownWriter ??= new MessageWriter(this.#callee, this.#limits.callBytesLimit, tooManyResults));
  }

  /** As lua.wasm asks for them. */
  get nameLines(): Uint8Array {
    const lines = this.#callee.names.join("\n");
    if (lines !== lastLines) [lastLines, lastBytes] = [lines, encoder.encode(lines)];
    return lastBytes;
  }

  #entry(name: string): Entry | undefined {
    this.#entries ??= new Map(this.#callee.entries.map(entry => [entry.name, entry]));
    return this.#entries.get(name);
  }

  get answer(): Uint8Array | undefined {
    return this.#answer;
  }

  /** Those that wait for an answer, oldest first. */
  get waiting(): IterableIterator<[number, Waiting]> {
    return this.#waiting.entries();
  }

  /** The one that a task waits for. */
  ofTask(id: number): Waiting | undefined {
    return [...this.#waiting.values()].find(({ task }) => task === id);
  }

  /** @param bytes of all memory; a call of lua.wasm is in it @returns what lua.wasm gets */
  call(bytes: Uint8Array, at: number, length: number): Uint8Array {
    const ticket = u32At(bytes, at + 5);
    const nameLength = u32At(bytes, at + 9);
    const name = keyString(bytes, at + HEAD, nameLength);
    this.#answer = this.#answered(ticket, name, this.#part(bytes, at + HEAD + nameLength, at + length));
    return this.#answer;
  }

  /** Most calls are where the one before was, and as long. */
  #part(bytes: Uint8Array, from: number, to: number): Uint8Array {
    const last = this.#last;
    if (last.bytes === bytes && last.from === from && last.to === to) return last.part;
    const part = bytes.subarray(from, to);
    this.#last = { bytes, from, to, part };
    return part;
  }

  #answered(ticket: number, name: string, message: Uint8Array): Uint8Array {
    let call: Call | null = null;
    const callOf = () => (call ??= new Call(ticket, name));
    try {
      const entry = this.#entry(name);
      if (!entry) throw new Error("the host has no such function any more");
      this.#countCall(message.length);
      const result = entry.pass ? entry.pass(message, callOf) : entry.call!(this.decode(message), callOf);
      if (!isThenable(result)) return noObjects(this.#writer, name, encodeResults(this.#writer, 1, RESULTS, result));
      this.#follow(callOf(), entry, message, result);
      return LATER;
    } catch (error) {
      const told = this.#told(name, error);
      return this.#writeError(this.#writer.begin(3, RAISED), told).finish();
    }
  }

  #countCall(bytes: number): void {
    const { callLimit, callBytesLimit } = this.#limits;
    if (++this.run.calls > callLimit) throw new HostLimit(`callLimit is ${callLimit} calls of one run until it waits`);
    if (bytes > callBytesLimit) throw tooManyBytes("arguments", callBytesLimit);
  }

  #follow(call: Call, entry: Entry, message: Uint8Array, promise: PromiseLike<unknown>): void {
    const { waitingLimit } = this.#limits;
    const { cannotWait, name, watch } = this.run;
    const reason =
      cannotWait !== null
        ? new Error(cannotWait)
        : this.#waiting.size >= waitingLimit
          ? new HostLimit(`waitingLimit is ${waitingLimit} calls`)
          : null;
    call.follow(promise, reason ? undefined : entry.options.timeout);
    if (reason) {
      call.abandon(reason);
      throw reason;
    }
    this.#wait({ call, entry, message: message.slice(), since: Date.now(), run: name, task: watch?.id ?? 0 });
  }

  #wait(waiting: Waiting): void {
    (this.#waiting = ownMap(this.#waiting)).set(waiting.call.id, waiting);
  }

  /** Goes on with a call that waited when an image was saved, or a program was stored. */
  adopt({ ticket, name, message, since = 0, run = "image", task = 0 }: NotedCall, by: Restored): void {
    const entry = this.#entry(name) ?? { name, options: {} };
    const call = new Call(ticket, name, since > 0 ? Math.max(Date.now() - since, 0) : 0);
    this.#wait({ call, entry, message, since: since || Date.now(), run, task });
    const answer = async () =>
      entry.restore
        ? entry.restore(message, () => call, by)
        : restored({ entry, call, message, by }, this.decode(message));
    call.follow(answer(), entry.options.timeout);
  }

  /** @returns the values of a message */
  decode(message: Uint8Array): unknown[] {
    return decodeResults(message, this.#callee.view, this.#callee.views);
  }

  #writeError(writer: MessageWriter, { message, name, code }: Told): MessageWriter {
    writer.text(message);
    if (name === undefined) writer.nil();
    else writer.text(name);
    try {
      return writer.value(code, "code");
    } catch {
      return writer.nil();
    }
  }

  #told(name: string, error: unknown): Told {
    const told = tell(error, name, this.#expose);
    this.run.errors.add(name, told, error);
    return told;
  }

  isWaiting(call: Call): boolean {
    return this.#waiting.get(call.id)?.call === call;
  }

  /** @returns the call that waits under this ticket */
  waitingCall(ticket: number): Call {
    return this.#waiting.get(ticket)!.call;
  }

  /** Nobody waits for it any more. */
  forget(ticket: number): void {
    this.#waiting.delete(ticket);
  }

  /** lua.wasm cannot wait for it. */
  abandon(ticket: number): void {
    const waiting = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    waiting?.call.abandon(new Error("Lua could not wait for it"));
  }

  /** All that wait are told so. @param isGone: and that there is no task of theirs in Lua any more */
  abandonAll(reason: unknown, isGone: boolean): void {
    for (const { call } of [...this.#waiting.values()]) call.abandon(reason, isGone);
    if (!isGone) return;
    this.#waiting.clear();
    this.lost = reason;
  }

  /**
   * Ends the waiting of a call.
   * @param outcome its value, or its error
   * @returns the request `resume`
   */
  resume(ticket: number, outcome: { value: unknown } | { error: unknown }): Uint8Array {
    const { call, entry } = this.#waiting.get(ticket)!;
    this.#waiting.delete(ticket);
    if (!("value" in outcome && outcome.value instanceof Encoded && outcome.value.isAtOnce)) this.run.calls = 0;
    const writer = this.#writer;
    const head = (isGood: boolean) => (writer: MessageWriter) => writer.text("resume").number(ticket).boolean(isGood);
    try {
      if (!("error" in outcome))
        return noObjects(writer, entry.name, encodeResults(writer, 4, undefined, outcome.value, head(true)));
      throw outcome.error;
    } catch (error) {
      const told = this.#told(entry.name, error);
      return this.#writeError(head(false)(writer.begin(6)), told).finish();
    } finally {
      call.onAnswered?.();
    }
  }
}

/** A call that waited, and how it comes back. */
interface RestoredCall {
  entry: Entry;
  call: Call;
  message: Uint8Array;
  by: Restored;
}

/** Answers a call that waited when an image was saved, or a program was stored. */
export function restored({ entry, call, message, by }: RestoredCall, args: unknown[]): unknown {
  // A fork must not do twice what is done already; a program that goes on would wait for ever.
  const { onRestore = by === "image" ? "fail" : "retry" } = entry.options;
  if (typeof onRestore === "function") return onRestore(call, ...args);
  if (!entry.call && !entry.pass) throw new Error("the host has no such function any more");
  if (onRestore === "fail") throw new Error(NOT_AGAIN[by]);
  return entry.pass ? entry.pass(message, () => call) : entry.call!(args, () => call);
}

/** Only what asks for an exposed object can make a table for one. */
export function noObjects<Message>(writer: MessageWriter, name: string, message: Message): Message {
  if (!writer.hasTokens || QUESTIONS.includes(name)) return message;
  throw new TypeError(
    "an exposed object cannot be a result of a function: expose an object with a method that gives it, or give it by set, call or the args of run",
  );
}

const noMore = (): void => {};

/**
 * Writes what a function returned.
 * @param first writes values before the results; `count` is with them
 * @throws {TypeError} naming what cannot be converted
 */
export function encodeResults(
  writer: MessageWriter,
  count: number,
  tag: number | undefined,
  value: unknown,
  first: (writer: MessageWriter) => unknown = noMore,
): Uint8Array<ArrayBuffer> {
  if (typeof value !== "object") {
    first(writer.begin(count, tag));
    return writer.value(value, "result").finish();
  }
  const before = count - 1;
  if (value instanceof Encoded) {
    const { message } = value;
    // What is due is released when Lua has run.
    value.written();
    first(writer.begin(before + u32At(message, 0), tag));
    writer.encoded(message.subarray(4));
    return writer.finish();
  }
  if (value instanceof LuaResults) {
    first(writer.begin(before + value.values.length, tag));
    value.values.forEach((each, at) => writer.value(each, "result", at + 1));
    return writer.finish();
  }
  first(writer.begin(count, tag));
  return writer.value(value, "result").finish();
}

export const tooManyResults = (limit: number): HostLimit => tooManyBytes("results", limit);

const tooManyBytes = (what: string, limit: number): HostLimit =>
  new HostLimit(`callBytesLimit is ${limit} bytes, and the ${what} have more`);

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
