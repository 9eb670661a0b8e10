// A task that has a name, as users have it: found again after a reload, with its result until that is dropped. How it is run
// is known to runs.ts.
import type { HostSide } from "../host/side.ts";
import type { Task } from "../host/task.ts";
import type { LuaValue } from "../values/types.ts";

/** Makes values of their message. */
interface Decoder {
  results(bytes: Uint8Array): unknown;
}

/** `waiting`: for a function of the host. `running`: it is its turn, or will be. */
export type TaskStatus = "running" | "waiting" | "done" | "failed";

/** One line of {@link LuaSession.tasks}. */
export interface TaskState {
  name: string;
  status: TaskStatus;
  /** The function of the host that it waits for, as Lua has it: `sleep`; null when it waits for none. */
  waitsFor: string | null;
  /** Since when. */
  since: Date | null;
}

/** A task that {@link LuaSession.task} has started, or found again. */
export class LuaTask {
  readonly #task: Task;
  readonly #host: HostSide;
  readonly #messages: Decoder;

  /** @internal */
  constructor(task: Task, host: HostSide, messages: Decoder) {
    this.#task = task;
    this.#host = host;
    this.#messages = messages;
  }

  /** @internal */
  get id(): number {
    return this.#task.id;
  }

  get name(): string {
    return this.#task.name;
  }

  get status(): TaskStatus {
    return this.state.status;
  }

  /** With what it waits for, and since when. */
  get state(): TaskState {
    const { name, state, id } = this.#task;
    const call = this.#host.calls.ofTask(id);
    const status = state === "ended" ? "done" : state === "failed" ? "failed" : call ? "waiting" : "running";
    return { name, status, waitsFor: call?.call.name ?? null, since: call ? new Date(call.since) : null };
  }

  /** Its results, also when it has ended long ago; it is rejected with its error. They are kept until `drop`. */
  get done(): Promise<LuaValue[]> {
    this.#host.tasks.isHeard(this.#task);
    return this.#task.results.then(message => this.#messages.results(message) as LuaValue[]);
  }

  /** Ends it: its variables are closed, and it has failed then. @returns when that is done */
  async cancel(): Promise<void> {
    const reason = new Error(`the task '${this.name}' was cancelled`);
    reason.name = "AbortError";
    this.#host.tasks.isHeard(this.#task);
    this.#task.stop(reason);
    await this.#task.results.catch(() => {});
  }

  /** Forgets the task and its result. One that has not ended is cancelled. */
  async drop(): Promise<void> {
    await this.cancel();
    this.#host.tasks.drop(this.#task);
  }
}
