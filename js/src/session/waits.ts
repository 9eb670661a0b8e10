// How a run waits for a call of the host: until that is answered, the run's time is over, or its signal aborted.
import { type Call, type Decision, alarm } from "../host/call.ts";
import { LuaLimitError, placeInTraceback } from "../values/errors.ts";
import type { Run } from "./services.ts";
import type { Waiting } from "./unit.ts";

/** Calls `decide` with what ends the waiting of a run: the answer of the call, its deadline, its signal. */
export function whenDecided(call: Call, run: Run, decide: (decision: Decision) => void): void {
  const { signal } = run;
  // A task that a store may keep can wait longer than any page is there: its time is that of each step.
  const deadline = run.isRenewed ? Infinity : run.deadline;
  if (deadline === Infinity && !signal) return call.whenDecided(decide);
  const end =
    deadline < Infinity ? alarm(deadline - performance.now(), () => call.abandon(overdue(run, call.name))) : null;
  const onAbort = () => call.abandon(signal!.reason);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort);
  call.whenDecided(decision => {
    end?.();
    signal?.removeEventListener("abort", onAbort);
    decide(decision);
  });
}

/** A run whose time was over while it waited. */
function overdue(run: Run, name: string): LuaLimitError {
  const message = `interrupted while it waited for host.${name}`;
  const details = { message, traceback: "", line: -1, source: "", value: message };
  return new LuaLimitError("time", message, details, run.output.finish());
}

/** Says where a run waited when its time was over. @param traceback what lua.wasm says about that */
export function placeStop(stop: LuaLimitError, { name, isCall }: Waiting, traceback: unknown): void {
  if (typeof traceback === "string")
    Object.assign(stop, { traceback, ...placeInTraceback(traceback, isCall ? undefined : name) });
}
