// One task: what it is to do, whether it has begun, and what came of it. It does not know how tasks are run.
import { encoder, lenient } from "../bytes/utf8.ts";
import type { Signal } from "../core/platform.ts";
import { tell } from "./errors.ts";

/** What is in the first byte of a task that a store keeps. */
export const STATES = ["new", "running", "ended", "failed"] as const;
export type TaskState = (typeof STATES)[number];

/** A task as a store keeps it. */
export interface NotedTask {
  id: number;
  state: TaskState;
  /** The ticket of the call of `host.all` that it belongs to; 0 for none. */
  group: number;
  /** That the host gave it; empty for none. */
  name: string;
  /** Of a new one: a function or code, and its arguments. Of one that has ended: its results. */
  message: Uint8Array;
  /** Of one that failed. */
  error: { name: string; message: string } | null;
}

/** What whoever runs a task tells of it, each before the commit that it belongs to. */
export interface TaskWatch {
  readonly id: number;
  /** That the host gave it. */
  readonly name: string;
  /** Ends it. */
  readonly signal: Signal;
  /** Aborts that. */
  stop(why: unknown): void;
  /** Its first step begins. */
  begun(): void;
  /** @param results their message */
  ended(results: Uint8Array): void;
  /** The first error counts. */
  failed(error: unknown): void;
  /** All that is durable, if it can be. */
  settled(): void;
}

export const NO_MESSAGE = new Uint8Array(0);

export class Task {
  readonly id: number;
  readonly group: number;
  readonly name: string;
  state: TaskState;
  message: Uint8Array;
  error: unknown = null;
  /** References of the functions that are held for it. */
  held: number[] = [];
  readonly #stop = new AbortController();
  /** The message of its results. */
  readonly results: Promise<Uint8Array>;
  /** Ends waiting for `results`, when it has ended or failed. */
  settle!: () => void;
  #record: { state: TaskState; bytes: Uint8Array } | null = null;

  constructor({ id, state, group, name, message, error }: NotedTask) {
    this.id = id;
    this.name = name;
    this.group = group;
    this.state = state;
    this.message = message;
    if (error) this.error = Object.assign(new Error(error.message), { name: error.name });
    this.results = new Promise((resolve, reject) => {
      this.settle = () => (this.state === "ended" ? resolve(this.message) : reject(this.error as Error));
    });
    this.results.catch(() => {});
  }

  get signal(): Signal {
    return this.#stop.signal as Signal;
  }

  /** Ends it. */
  stop(why: unknown): void {
    this.#stop.abort(why);
  }

  /** As a store keeps it: the same bytes as long as nothing has changed. */
  get record(): Uint8Array {
    if (this.#record?.state !== this.state) this.#record = { state: this.state, bytes: encodeTask(this) };
    return this.#record.bytes;
  }
}

/** The state, the group, and how long the name and the name of the error are, come first. */
const HEAD = 13;

function encodeTask({ state, group, name, message, error }: Task): Uint8Array {
  const isFailed = state === "failed";
  const { name: kind = "", message: text } = isFailed ? tell(error, "") : { message: "" };
  const parts = [name, kind, text].map(part => encoder.encode(part));
  const size = parts.reduce((sum, { length }) => sum + length, HEAD);
  const bytes = new Uint8Array(size + message.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = STATES.indexOf(state);
  [group, parts[0].length, parts[1].length].forEach((number, at) => view.setUint32(1 + 4 * at, number, true));
  let at = HEAD;
  for (const part of [...parts, message]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Bytes of the smallest message that each state has. */
const LEAST: Record<TaskState, number> = { new: 5, running: 0, ended: 4, failed: 0 };

/** @returns undefined for bytes that `record` does not give */
export function decodeTask(id: number, bytes: Uint8Array): NotedTask | undefined {
  if (bytes.length < HEAD || bytes[0] >= STATES.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const state = STATES[bytes[0]];
  const nameEnd = HEAD + view.getUint32(5, true);
  const kindEnd = nameEnd + view.getUint32(9, true);
  if (kindEnd + LEAST[state] > bytes.length) return undefined;
  const text = (from: number, to?: number) => lenient.decode(bytes.subarray(from, to));
  const isFailed = state === "failed";
  return {
    id,
    state,
    group: view.getUint32(1, true),
    name: text(HEAD, nameEnd),
    message: isFailed ? NO_MESSAGE : bytes.slice(kindEnd),
    error: isFailed ? { name: text(nameEnd, kindEnd), message: text(kindEnd) } : null,
  };
}
