// Runs cells, one at a time and in the order in which that was asked for; stops them, and shows what came of it. It knows
// neither editors nor stores.
import { Runs, lineOf, trimmedTraceback } from "./logic/places.mjs";
import { stepsText } from "./logic/words.mjs";
import { messageOf, notice } from "./view/said.mjs";

const STOPPED = new Error("stopped");
/** Milliseconds between two questions what a run waits for. */
const PAUSE = 400;

export class Runner {
  #desk;
  #onChange;
  #onEnd;
  /** Cells that wait for their turn. */
  #queue = [];
  /** waits: names of the functions that it waits for. @type {{cell: Cell, stop: AbortController, steps: number, waits: string[]} | null} */
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
    const running = (this.#running = { cell, stop: new AbortController(), steps: 0, waits: [] });
    this.#watch(running);
    this.#onChange();
    cell.begin(run);
    const began = performance.now();
    const outcome = { run, values: [], error: null, milliseconds: 0 };
    await this.#desk.attempt(
      async () => {
        try {
          await this.#execute(cell, run, code, outcome);
        } finally {
          outcome.milliseconds = performance.now() - began;
          this.#desk.lastRun = { milliseconds: outcome.milliseconds, steps: running.steps };
          this.#last = cell;
          this.#running = null;
          cell.end(run, this.#desk.lastRun);
          this.#onEnd(cell, outcome);
          // What is at the side may take longer.
          this.#onChange();
        }
      },
      ...wordsOf(running),
    );
  }

  /** While Lua computes it does not answer. */
  async #watch(running) {
    for (;;) {
      await new Promise(resolve => setTimeout(resolve, PAUSE));
      if (this.#running !== running) return;
      running.waits = [];
      running.waits = (await this.#desk.lua?.waits().catch(() => [])) ?? [];
    }
  }

  async #execute(cell, run, code, outcome) {
    const running = this.#running;
    const { signal } = running.stop;
    try {
      const { values, exit } = await this.#desk.lua.run(code, {
        name: run,
        onOutput: text => cell.print(text),
        onSteps: steps => (running.steps = steps),
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
    notice(`Stopped: what this run did to Memory, since it last waited if it did, was not kept. ${loss}`);
  }

  async #explain(cell, run, error) {
    if (error.result?.values?.[0]) await cell.showValues(error.result.values[0]).catch(() => {});
    const shown = { message: messageOf(error), traceback: trimmedTraceback(error.traceback ?? "") };
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

const asScriptsSay = name => (name.startsWith("page.") ? name : `host.${name}`);

/** @returns what a run is doing, and how much it has done; both for `attempt` */
const wordsOf = running => [
  () => (running.waits.length > 0 ? `Waiting for ${running.waits.map(asScriptsSay).join(", ")}` : "Running"),
  () => (running.steps > 0 ? `, ${stepsText(running.steps)}` : ""),
];
