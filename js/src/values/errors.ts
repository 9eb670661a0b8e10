// The errors that Lua code ends with.
import { EVAL } from "../core/instance.ts";
import type { LuaValue } from "./types.ts";

/** What Lua says of an error. */
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
 * is the end of this one's.
 */
export class LuaError extends Error {
  /** Begins with `stack traceback:`; empty for a syntax error. */
  readonly traceback: string;
  /**
   * The line in the message's position, when that is in the source that ran; of a run that was stopped at a limit the line where
   * it was; otherwise -1.
   */
  readonly line: number;
  /**
   * The chunk name in the message's position, also that of another source, such as the run that defined a function; empty
   * when it has none.
   */
  readonly source: string;
  /** What was raised. After `eval` of a plain LuaPersistent: the message. */
  readonly value: LuaValue;
  /** What was printed before. After `eval` of a plain LuaPersistent: empty. */
  readonly output: string;

  /**
   * @param text the error text of `eval`: the message, then possibly a traceback
   * @param details by Lua itself; default: what `text` says
   * @param cause why the host refused what Lua wanted to store: the message ends with it
   */
  constructor(text: string, details: ErrorDetails = detailsIn(text), output: string = "", cause: Error | null = null) {
    super(cause ? `${details.message}: ${cause.message}` : details.message, cause ? { cause } : undefined);
    this.name = "LuaError";
    this.traceback = details.traceback;
    this.line = details.line;
    this.source = details.source;
    this.value = details.value;
    this.output = output;
  }
}

export type Limit = "memory" | "tables" | "instructions" | "time";

/** A run that was stopped at a limit. The Lua state is usable. */
export class LuaLimitError extends LuaError {
  readonly limit: Limit;

  constructor(limit: Limit, text: string, details?: ErrorDetails, output?: string, cause?: Error | null) {
    super(text, details, output, cause);
    this.name = "LuaLimitError";
    this.limit = limit;
  }
}

function detailsIn(text: string): ErrorDetails {
  // The last one: a message may quote a traceback of its own.
  const cut = text.lastIndexOf(TRACEBACK);
  const message = cut < 0 ? text : text.slice(0, cut);
  return { message, traceback: cut < 0 ? "" : text.slice(cut + 1), ...placeIn(message, EVAL), value: message };
}

/** @param chunk the name of the source that ran */
export function placeIn(message: string, chunk: string): { source: string; line: number } {
  const isOurs = message.startsWith(`${chunk}:`);
  const [, line] = (isOurs && /^(\d{1,9}):/.exec(message.slice(chunk.length + 1))) || [];
  if (line) return { source: chunk, line: Number(line) };
  const [, source = ""] = /^(\[.*?\]|[^:[]*):\d{1,9}:/s.exec(message) ?? [];
  return { source, line: -1 };
}

/** @returns where the innermost function of the source that ran was; -1: in none */
export function lineInTraceback(traceback: string, chunk: string): number {
  const place = traceback.split(`\n\t${chunk}:`)[1];
  return /^\d{1,9}:/.test(place ?? "") ? parseInt(place, 10) : -1;
}
