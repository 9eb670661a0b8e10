// What an image and a stored program have of functions of the host: the calls that wait, and the functions of Lua that are held.
import { byteString, bytesOf, dataView, u32At } from "../bytes/byte-string.ts";
import { encoder, lenient } from "../bytes/utf8.ts";
import { type NotedTask, decodeTask } from "./task.ts";
import type { NotedTasks } from "./tasks.ts";

/** The key of the held functions; those of calls are their tickets. */
const HELD = "held";

/** A call that waits. */
export interface NotedCall {
  ticket: number;
  name: string;
  /** Of the arguments. */
  message: Uint8Array;
  /** When it was made, as Date.now(); 0: not known. */
  since?: number;
  /** The name of the run that waits, and the number of the task that it is; 0 for none. */
  run?: string;
  task?: number;
}

export interface Noted {
  calls: NotedCall[];
  /** References. */
  held: number[];
  /** Only of a stored program. */
  tasks?: NotedTasks;
}

/** @returns by byte strings */
export function encodeNotes({ calls, held }: Noted): Map<string, Uint8Array> {
  const notes = new Map<string, Uint8Array>();
  if (held.length > 0) notes.set(HELD, encodeHeld(held));
  for (const { ticket, name, message } of calls) {
    const key = `${ticket} ${byteString(encoder.encode(name))}`;
    notes.set(key, message);
  }
  return notes;
}

export function decodeNotes(notes: ReadonlyMap<string, Uint8Array>): Noted {
  const calls: NotedCall[] = [];
  for (const [key, message] of notes) {
    const [, ticket, name] = /^(\d+) (.*)$/s.exec(key) ?? [];
    if (ticket) calls.push({ ticket: Number(ticket), name: lenient.decode(bytesOf(name)), message });
  }
  return { calls, held: decodeHeld(notes.get(HELD)) };
}

const encodeHeld = (references: number[]): Uint8Array => new Uint8Array(Uint32Array.from(references).buffer);

function decodeHeld(bytes: Uint8Array | undefined): number[] {
  const held = bytes?.slice();
  return held ? [...new Uint32Array(held.buffer, 0, held.length >> 2)] : [];
}

/** Before the name of the run: when, the task, and the length of that name. */
const JOURNAL_HEAD = 16;

/** How many tasks there were, and the beginning of the names of those that there are. */
const TASKS = "tasks";
const TASK = "task ";

/** What a stored program has of its host. */
interface Journal {
  calls: Iterable<{ ticket: number; name: string; record: Uint8Array }>;
  held: number[];
  tasks: { count: number; tasks: Iterable<{ id: number; record: Uint8Array }> };
}

/** @returns a call as a stored program has it, with the rest of what is known of it */
export function encodeCall({ message, since = 0, run = "", task = 0 }: NotedCall): Uint8Array {
  const label = encoder.encode(run);
  const bytes = new Uint8Array(JOURNAL_HEAD + label.length + message.length);
  const view = dataView(bytes);
  view.setFloat64(0, since, true);
  view.setUint32(8, task, true);
  view.setUint32(12, label.length, true);
  bytes.set(label, JOURNAL_HEAD);
  bytes.set(message, JOURNAL_HEAD + label.length);
  return bytes;
}

/** @returns what a stored program has of its host, by names */
export function encodeJournal({ calls, held, tasks }: Journal): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  if (held.length > 0) records.set(HELD, encodeHeld(held));
  for (const { ticket, name, record } of calls) records.set(`${ticket} ${name}`, record);
  if (tasks.count > 0) records.set(TASKS, encodeHeld([tasks.count]));
  for (const { id, record } of tasks.tasks) records.set(`${TASK}${id}`, record);
  return records;
}

/** @param damaged makes an error of the name of a record @throws {Error} that one */
export function decodeJournal(records: ReadonlyMap<string, Uint8Array>, damaged: (name: string) => Error): Noted {
  const calls: NotedCall[] = [];
  const tasks: NotedTask[] = [];
  for (const [key, bytes] of records) {
    if (key === HELD || key === TASKS) continue;
    const [, ticket, name] = /^(\d+) ([\w.]+)$/.exec(key) ?? [];
    const call = ticket === undefined ? undefined : decodeCall(Number(ticket), name, bytes);
    const task = key.startsWith(TASK) ? decodeTask(Number(key.slice(TASK.length)), bytes) : undefined;
    if (call) calls.push(call);
    else if (task) tasks.push(task);
    else throw damaged(key);
  }
  const [count = 0] = decodeHeld(records.get(TASKS));
  return {
    calls: calls.sort((a, b) => a.ticket - b.ticket),
    held: decodeHeld(records.get(HELD)),
    tasks: { count, tasks: tasks.sort((a, b) => a.id - b.id) },
  };
}

/** @param bytes from `encodeCall` @returns undefined for others */
function decodeCall(ticket: number, name: string, bytes: Uint8Array): NotedCall | undefined {
  if (bytes.length < JOURNAL_HEAD + 4) return undefined;
  const end = JOURNAL_HEAD + u32At(bytes, 12);
  if (end + 4 > bytes.length) return undefined;
  const run = lenient.decode(bytes.subarray(JOURNAL_HEAD, end));
  const since = dataView(bytes).getFloat64(0, true);
  return { ticket, name, since, task: u32At(bytes, 8), run, message: bytes.slice(end) };
}
