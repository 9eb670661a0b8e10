// Runs cells, one at a time and in the order in which that was asked for; stops them, and shows what came of it. It knows
// neither editors nor stores.
import { Runs, lineOf, trimmedTraceback } from "./logic/places.mjs";
import { notice } from "./view/said.mjs";

const STOPPED = new Error("stopped");

export class Runner {
  #desk;
  #onChange;
  #onEnd;
  /** Cells that wait for their turn. */
  #queue = [];
  /** @type {{cell: Cell, stop: AbortController} | null} */
  #running = null;
  /** That ran last. */
  #last = null;
  #runs = new Runs();

  /**
   * @param {Desk} desk @param {() => void} onChange what runs is not the same any more
   * @param {(cell: Cell, outcome: {run: string, values: object[], error: Error | null, milliseconds: number}) => void} onEnd of a run
   */
  constructor(desk, onChange, onEnd) {
    this.#desk = desk;
    this.#onChange = onChange;
    this.#onEnd = onEnd;
  }

  get isRunning() {
    return this.#running !== null;
  }

  /** Whether nothing runs, and nothing waits for its turn. */
  get isIdle() {
    return this.#running === null && this.#queue.length === 0;
  }

  /** The cell that runs, or ran last. */
  get cell() {
    return this.#running?.cell ?? this.#last;
  }

  /** @param {Cell} cell @returns {"" | "queued" | "running"} */
  stateOf(cell) {
    if (this.#running?.cell === cell) return "running";
    return this.#queue.includes(cell) ? "queued" : "";
  }

  /** @param {(cell: number) => string | undefined} codeOf a cell now @returns {number | undefined} its cell, if it has that text */
  cellOf(run, codeOf) {
    return this.#runs.cellOf(run, codeOf);
  }

  /** @param {Cell[]} cells */
  async run(cells) {
    if (!this.#desk.lua) return;
    this.#queue.push(...cells.filter(cell => this.stateOf(cell) === ""));
    this.#onChange();
    while (!this.#running && this.#queue.length > 0) await this.#next();
  }

  async #next() {
    const cell = this.#queue.shift();
    const { code } = cell.editor;
    const run = this.#runs.begin(cell.id, code);
    this.#running = { cell, stop: new AbortController() };
    this.#onChange();
    cell.begin(run);
    const began = performance.now();
    const outcome = { run, values: [], error: null, milliseconds: 0 };
    await this.#desk.attempt(async () => {
      try {
        await this.#execute(cell, run, code, outcome);
      } finally {
        outcome.milliseconds = this.#desk.lastRun = performance.now() - began;
        this.#last = cell;
        this.#running = null;
        cell.end(run, this.#desk.lastRun);
        this.#onEnd(cell, outcome);
        // What is at the side may take longer.
        this.#onChange();
      }
    }, "Running");
  }

  async #execute(cell, run, code, outcome) {
    const { signal } = this.#running.stop;
    try {
      const { values, exit } = await this.#desk.lua.run(code, {
        name: run,
        onOutput: text => cell.print(text),
        signal,
      });
      outcome.values = values;
      await cell.showValues(values, exit);
    } catch (error) {
      outcome.error = error;
      // Those after it may need what it was to do.
      this.#queue = [];
      if (this.#desk.isLeaving) return;
      if (error === STOPPED) return this.#sayStopped();
      await this.#explain(cell, run, error);
    }
  }

  #sayStopped() {
    const loss = document.getElementById("notice").textContent;
    notice(`Stopped: nothing that this run did to Memory was kept. ${loss}`);
  }

  async #explain(cell, run, error) {
    if (error.result?.values?.[0]) await cell.showValues(error.result.values[0]).catch(() => {});
    const shown = { message: error.message, traceback: trimmedTraceback(error.traceback ?? "") };
    cell.showError(shown, lineOf(shown, run));
    await this.#desk.mend();
  }

  /** Ends what runs, at once, and what waits for its turn. */
  stop() {
    this.#queue = [];
    this.#running?.stop.abort(STOPPED);
    this.#onChange();
  }

  /** Takes a cell out that is not there any more. @param {Cell} cell */
  forget(cell) {
    this.#queue = this.#queue.filter(other => other !== cell);
    if (this.#running?.cell === cell) this.stop();
  }
}
