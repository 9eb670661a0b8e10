// The error of a run that failed: Lua's own with its details, or the limit that ended it.
import type { LuaInstance } from "../core/instance.ts";
import { type ErrorDetails, type Limit, LuaError, LuaLimitError, lineInTraceback, placeIn } from "../values/errors.ts";
import type { Run } from "./services.ts";
import type { Messages } from "./types.ts";

/**
 * @param text the answer of lua.wasm
 * @param name of the chunk
 * @returns a LuaError, or the error of the caller's own `interrupt`
 */
export function runError(run: Run, text: string, name: string, messages: Messages, instance: LuaInstance): unknown {
  if (run.failure) return run.failure.error;
  const said = run.error ? messages.error(run.error) : undefined;
  const message = said?.message ?? text;
  const refusal = instance.reasonOf(message);
  const limit = limitOf(run, message) ?? refusal?.limit;
  const details = said && ({ ...said, ...placeIn(said.message, name) } as ErrorDetails);
  if (limit && details) details.line = lineOf(details, name);
  const output = run.output.finish();
  return limit
    ? new LuaLimitError(limit, text, details, output, refusal)
    : new LuaError(text, details, output, refusal);
}

function limitOf(run: Run, message: string): Limit | undefined {
  if (run.wasStopped) return "time";
  if (message === "not enough memory") return "memory";
  return message === "instruction limit exceeded" ? "instructions" : undefined;
}

/** A run that was stopped was somewhere, though its message has no position. */
const lineOf = ({ line, traceback }: ErrorDetails, name: string): number =>
  line > 0 ? line : lineInTraceback(traceback, name);
