// What a run that failed throws: the error of Lua with its details, or the limit that ended it. What a function of the host
// threw is its cause.
import type { LuaInstance } from "../core/instance.ts";
import {
  type ErrorDetails,
  type Limit,
  LuaError,
  LuaLimitError,
  detailsIn,
  placeIn,
  placeInTraceback,
  refusedDetails,
} from "../values/errors.ts";
import { decodeError } from "../values/results.ts";
import type { Run } from "./services.ts";
import type { Messages } from "./types.ts";

/** A run, the name of its chunk, and whether it is a call, of functions of whatever chunks. */
interface Failed {
  run: Run;
  name: string;
  isCall?: boolean;
}

/**
 * @param text the answer of lua.wasm
 * @returns a LuaError, or the error of the caller's own `interrupt`
 */
export function runError(
  { run, name, isCall }: Failed,
  text: string,
  messages: Messages,
  instance: LuaInstance,
): unknown {
  if (run.failure) return run.failure.error;
  const said = run.error ? messages.error(run.error) : undefined;
  const message = said?.message ?? text;
  const refusal = instance.reasonOf(message);
  const raised = run.error ? run.errors.find(decodeError(run.error, () => null).value) : undefined;
  const cause: unknown = raised ? raised.error : refusal;
  const limit = limitOf(run, message) ?? (cause as { limit?: Limit } | null)?.limit;
  const chunk = isCall ? undefined : name;
  const own = said ? ({ ...said, ...placeIn(said.message, chunk) } as ErrorDetails) : detailsIn(text);
  if ((limit || raised) && own.line < 0) Object.assign(own, placeInTraceback(own.traceback, chunk));
  const details = refusedDetails(own, raised ? null : refusal);
  const output = run.output.finish();
  return limit ? new LuaLimitError(limit, text, details, output, cause) : new LuaError(text, details, output, cause);
}

export function syntaxError(message: string, name: string): LuaError {
  return new LuaError(message, { message, traceback: "", value: message, ...placeIn(message, name) });
}

function limitOf(run: Run, message: string): Limit | undefined {
  if (run.wasStopped) return "time";
  if (message === "not enough memory") return "memory";
  return message === "instruction limit exceeded" ? "instructions" : undefined;
}
