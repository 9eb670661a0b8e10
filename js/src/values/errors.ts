// The errors with which Lua code ends.
import { EVAL } from "../core/instance.ts";
import type { LuaValue } from "./types.ts";

/** An error as Lua describes it. */
export interface ErrorDetails {
  message: string;
  traceback: string;
  line: number;
  source: string;
  value: LuaValue;
}

const TRACEBACK = "\nstack traceback:";

/**
 * An error raised by Lua code, or by its compiler. When the host refused to store something, `cause` says why, and its message
 * is the end of this one's. When it is an error of a function of the host, `cause` is what that threw.
 */
export class LuaError extends Error {
  /** Begins with `stack traceback:`; empty for a syntax error. */
  readonly traceback: string;
  /**
   * The line in the message's position, if that is in the source that ran; of a call, in any. For what was stopped at a limit,
   * and an error of a function of the host, the line where it was. Otherwise -1.
   */
  readonly line: number;
  /**
   * The chunk name in the message's position. It may be another source's, such as the run that defined a function. Empty
   * without a position.
   */
  readonly source: string;
  /** The error value. After `eval` of a plain LuaPersistent: the message. */
  readonly value: LuaValue;
  /** The output before the error. After `eval` of a plain LuaPersistent: empty. */
  readonly output: string;

  /**
   * @param text the error text of `eval`: the message, then possibly a traceback
   * @param details by Lua itself; default: what `text` says
   * @param cause why the host refused what Lua wanted to store, or what a function of the host threw
   */
  constructor(text: string, details: ErrorDetails = detailsIn(text), output: string = "", cause: unknown = null) {
    super(details.message, cause === null ? undefined : { cause });
    this.name = "LuaError";
    this.traceback = details.traceback;
    this.line = details.line;
    this.source = details.source;
    this.value = details.value;
    this.output = output;
  }
}

export type Limit = "memory" | "tables" | "instructions" | "time" | "host";

/** A run that was stopped at a limit. The Lua state is usable. */
export class LuaLimitError extends LuaError {
  readonly limit: Limit;

  constructor(limit: Limit, text: string, details?: ErrorDetails, output?: string, cause?: unknown) {
    super(text, details, output, cause);
    this.name = "LuaLimitError";
    this.limit = limit;
  }
}

/** @param refusal why the host refused what Lua wanted to store: the message ends with it */
export const refusedDetails = (details: ErrorDetails, refusal: Error | null): ErrorDetails =>
  refusal ? { ...details, message: `${details.message}: ${refusal.message}` } : details;

/** What the error text of `eval` says. */
export function detailsIn(text: string): ErrorDetails {
  // The last one: a message may quote a traceback of its own.
  const cut = text.lastIndexOf(TRACEBACK);
  const message = cut < 0 ? text : text.slice(0, cut);
  return { message, traceback: cut < 0 ? "" : text.slice(cut + 1), ...placeIn(message, EVAL), value: message };
}

/** A chunk's name, or what stands for one, and a line of it. */
interface Place {
  source: string;
  line: number;
}

const PLACE = /^(\[.*?\]|[^:[]*):(\d{1,9}):/s;

/** @param chunk the name of the source that ran; undefined: the line may be in any */
export function placeIn(message: string, chunk?: string): Place {
  if (chunk === undefined) return anyPlace(message) ?? { source: "", line: -1 };
  const isOurs = message.startsWith(`${chunk}:`);
  const [, line] = (isOurs && /^(\d{1,9}):/.exec(message.slice(chunk.length + 1))) || [];
  if (line) return { source: chunk, line: Number(line) };
  return { source: anyPlace(message)?.source ?? "", line: -1 };
}

function anyPlace(text: string): Place | undefined {
  const [, source, line] = PLACE.exec(text) ?? [];
  return source === undefined ? undefined : { source, line: Number(line) };
}

/**
 * Where a run was that was stopped: its message has no position.
 * @param chunk the name of the source that ran; undefined: any
 * @returns the line of the innermost function of Lua in that source; of any, with the source; nothing without one
 */
export function placeInTraceback(traceback: string, chunk?: string): Partial<Place> {
  const parts = traceback.split(`\n\t${chunk === undefined ? "" : `${chunk}:`}`).slice(1);
  if (chunk !== undefined) return /^\d{1,9}:/.test(parts[0] ?? "") ? { line: parseInt(parts[0], 10) } : {};
  return parts.map(anyPlace).find(place => place !== undefined) ?? {};
}
