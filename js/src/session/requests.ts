// What a step asks of lua.wasm: to run a chunk or to call a function, with globals of its own or with exposed objects among its
// arguments, for which functions of ours in Lua are called first.
import type { Answer, LuaInstance } from "../core/instance.ts";
import { Encoded } from "../host/encoded.ts";
import { QUESTIONS, REVIVE } from "../host/exposed-objects.ts";
import { FRESH, withoutFirstLine } from "../host/fresh.ts";
import { LuaFunction } from "../host/lua-function.ts";
import type { Arguments, HostSide } from "../host/side.ts";
import { hasToken } from "../values/message-scan.ts";
import { runError, syntaxError } from "./run-error.ts";
import type { Messages } from "./types.ts";
import type { Made, Step } from "./unit.ts";

/** In the buffer with a request to call, for the text of its results. */
const SHOWN = " ";

export class Requests {
  readonly #instance: LuaInstance;
  readonly #host: HostSide;
  readonly #messages: Messages;
  /** What compiles code with globals of its own, and what makes tables for exposed objects, once they are there. */
  #fresh: [LuaFunction] | null = null;
  #objects: LuaFunction[] | null = null;

  constructor({ instance, host }: Made, messages: Messages) {
    this.#instance = instance;
    this.#host = host;
    this.#messages = messages;
  }

  /** The Lua state is gone. */
  clear(): void {
    this.#fresh = this.#objects = null;
  }

  /** @param operation `start`; or `run`, which cannot wait */
  chunk(step: Step, code: string, args: Arguments, operation: "start" | "run" = "start"): Answer {
    const request = this.#host.chunk(operation, code, step.name, args);
    if (!this.#host.hasObjects) return this.#instance.request(request, code);
    const [, compile] = this.#objectFunctions(step);
    return this.#compiled(step, compile, withoutFirstLine(code), args);
  }

  /** Runs code with globals of its own. */
  fresh(step: Step, code: string, args: Arguments): Answer {
    this.#fresh ??= this.#asked(step, this.#host.chunk("run", FRESH, "fresh", [])) as [LuaFunction];
    return this.#compiled(step, this.#fresh[0], withoutFirstLine(code), args);
  }

  /** @param compile a function of Lua: of source and chunk name */
  #compiled(step: Step, compile: LuaFunction, code: string, args: Arguments): Answer {
    const [compiled, message] = this.#asked(step, this.#host.call(compile, [code, `=${step.name}`]));
    if (!(compiled instanceof LuaFunction)) throw syntaxError(String(message), step.name);
    try {
      return this.call(step, compiled, args, SHOWN);
    } finally {
      compiled.release();
    }
  }

  /** @param shown SHOWN for the text of its results, too */
  call(step: Step, callee: LuaFunction, args: Arguments, shown: string = ""): Answer {
    const request = this.#host.call(callee, args);
    if (!this.#host.hasObjects) return this.#instance.request(request, shown);
    const [revive] = this.#objectFunctions(step);
    return this.#instance.request(this.#host.callWith(revive, callee, args), shown);
  }

  /** @param message of a function and its arguments */
  callMessage(step: Step, message: Uint8Array): Answer {
    const request = this.#host.callOf(message);
    if (!hasToken(message)) return this.#instance.request(request);
    const [revive] = this.#objectFunctions(step);
    return this.#instance.request(this.#host.call(revive, new Encoded(message)));
  }

  /** Runs code of one `...` at once. */
  path(step: Step, source: string, args: Arguments): Answer {
    const request = this.#host.chunk("run", source, step.name, args);
    if (!this.#host.hasObjects) return this.#instance.request(request);
    const [revive] = this.#objectFunctions(step);
    const revived = `local revive, value = ... ${source.replace("...", "revive(nil, value)")}`;
    return this.#instance.request(this.#host.chunk("run", revived, step.name, this.#host.with(revive, args)));
  }

  /** Makes tables for exposed objects in its arguments, and calls the first with the others; and one that compiles. */
  #objectFunctions(step: Step): LuaFunction[] {
    const questions = QUESTIONS.map(name => this.#host.functions.named(name));
    this.#objects ??= this.#asked(step, this.#host.chunk("run", REVIVE, "expose", questions)) as LuaFunction[];
    return this.#objects;
  }

  /** Lua need not keep these functions any more. */
  release(references: number[]): void {
    if (!this.#instance.failure) this.#instance.request(this.#host.release(references));
  }

  /** A request on the way to another one. @returns values @throws {unknown} its error */
  #asked(step: Step, request: Uint8Array): unknown[] {
    const { run } = step;
    const answer = this.#instance.request(request);
    if (answer.isError) throw runError(step, answer.text, this.#messages, this.#instance);
    const values = this.#host.calls.decode(run.results!);
    run.results = null;
    return values;
  }
}
