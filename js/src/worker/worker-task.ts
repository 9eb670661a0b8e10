// A task that has a name, in a worker: what the page has of it. It knows nothing of workers.
import type { TaskState, TaskStatus } from "../session/lua-task.ts";
import type { LuaValue } from "../values/types.ts";
import type { LuaTableId } from "./values.ts";

/** What can be asked for. */
export type OfTask = "state" | "done" | "cancel" | "drop";

/** A task that {@link LuaWorker.task} has started, or found again: as a LuaTask, asked for by messages. */
export class WorkerTask {
  readonly name: string;
  readonly #ask: (what: OfTask) => Promise<any>;

  /** @internal */
  constructor(name: string, ask: (what: OfTask) => Promise<any>) {
    this.name = name;
    this.#ask = ask;
  }

  get status(): Promise<TaskStatus> {
    return this.state.then(({ status }) => status);
  }

  /** With what it waits for, and since when. */
  get state(): Promise<TaskState> {
    return this.#ask("state");
  }

  /** Its results, also when it has ended long ago; it is rejected with its error. They are kept until `drop`. */
  get done(): Promise<LuaValue<LuaTableId>[]> {
    return this.#ask("done");
  }

  /** Ends it: its variables are closed, and it has failed then. @returns when that is done */
  cancel(): Promise<void> {
    return this.#ask("cancel");
  }

  /** Forgets the task and its result. One that has not ended is cancelled. */
  drop(): Promise<void> {
    return this.#ask("drop");
  }
}
