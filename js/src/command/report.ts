// Errors as `lua` prints them: the message, then where it happened. It knows what the prelude adds to a traceback.
import { LuaError, LuaLimitError } from "../values/errors.ts";
import type { Settings } from "./arguments.ts";
import { CHUNK } from "./prelude.ts";

/** A line of a traceback that is the command's own, not the script's. */
const OWN_LINES = new RegExp(`\n\t\\[${CHUNK}\\]:\\d+: [^\n]*`, "g");
const OWN_POSITION = new RegExp(`^\\[${CHUNK}\\]:\\d+: `);

/** @returns the text, without the program's name and without a line's end */
export function textOf(error: unknown, settings: Settings): string {
  if (error instanceof LuaLimitError) return withTraceback(limitText(error, settings), error.traceback);
  if (error instanceof LuaError) return luaText(error);
  return error instanceof Error ? error.message : String(error);
}

/** `lua` shows a text that an object gives of itself alone, and a traceback of all else. The host's errors are such objects. */
function luaText({ message, value, traceback, cause }: LuaError): string {
  const text = message.replace(OWN_POSITION, "");
  const isText = typeof value === "string" || value instanceof Uint8Array || /^(number|bigint)$/.test(typeof value);
  if (isText || cause !== undefined) return withTraceback(text, traceback);
  const [, kind] = /^(nil|true|false|\w[\w.]*: 0x[0-9a-f]+)$/.exec(message) ?? [];
  return kind ? withTraceback(`(error object is a ${typeName(value, kind)} value)`, traceback) : text;
}

function typeName(value: unknown, text: string): string {
  if (value === undefined) return "nil";
  if (typeof value === "boolean") return "boolean";
  const [, kind] = /^(function|thread|userdata)/.exec(text) ?? [];
  return kind ?? "table";
}

const withTraceback = (text: string, traceback: string): string =>
  traceback === "" ? text : `${text}\n${traceback.replace(OWN_LINES, "")}`;

function limitText({ limit, message }: LuaLimitError, { timeout, steps, memory }: Settings): string {
  if (limit === "time" && timeout) return `stopped after ${timeout} ms (--timeout)`;
  if (limit === "instructions" && steps) return `stopped after ${steps} steps (--steps)`;
  return limit === "memory" && memory ? `${message} (--memory is ${memory} bytes)` : message;
}
