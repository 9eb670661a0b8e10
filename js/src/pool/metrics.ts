// What a pool counts, as a plain object and as the text that Prometheus reads. It knows nothing about pools.

/** Upper bounds of the classes of times, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How many of what, and how long. Times are milliseconds. */
export interface PoolStatistics {
  /** Runs and calls that ended well, and those that ended by an error. */
  runs: number;
  failures: number;
  /** Those that wait for their turn, and those under way. */
  waiting: number;
  running: number;
  /** Luas that are open, and the bytes that they take. */
  open: number;
  bytes: number;
  /** How often one was opened, closed for a reason, and lost with its thread. */
  opens: number;
  evictions: { idle: number; memory: number; lost: number };
  restarts: number;
  /** How often one was opened again for what waits in it. */
  wakes: number;
  /** How often one could not be opened for that; it is tried again. */
  wakeFailures: number;
  commits: number;
  /** Of all runs that ended: how long they waited for their turn, and how long they took from then on. */
  waitMs: number;
  runMs: number;
}

type Now = Pick<PoolStatistics, "waiting" | "running" | "open" | "bytes">;

/** Times, in classes. */
class Times {
  readonly counts: number[] = BOUNDS.map(() => 0);
  count = 0;
  ms = 0;

  add(ms: number): void {
    this.count++;
    this.ms += ms;
    const at = BOUNDS.findIndex(bound => ms <= bound * 1000);
    if (at >= 0) this.counts[at]++;
  }
}

export class Metrics {
  runs = 0;
  failures = 0;
  opens = 0;
  restarts = 0;
  wakes = 0;
  wakeFailures = 0;
  commits = 0;
  readonly evictions = { idle: 0, memory: 0, lost: 0 };
  readonly #waits = new Times();
  readonly #times = new Times();

  ended(isWell: boolean, waitMs: number, runMs: number): void {
    if (isWell) this.runs++;
    else this.failures++;
    this.#waits.add(waitMs);
    this.#times.add(runMs);
  }

  statistics({ waiting, running, open, bytes }: Now): PoolStatistics {
    const now = { waiting, running, open, bytes };
    const { runs, failures, opens, restarts, wakes, wakeFailures, commits } = this;
    const counts = {
      runs,
      failures,
      ...now,
      opens,
      evictions: { ...this.evictions },
      restarts,
      wakes,
      wakeFailures,
      commits,
    };
    return { ...counts, waitMs: this.#waits.ms, runMs: this.#times.ms };
  }

  /** In the text format of Prometheus. */
  text(now: Now): string {
    return [
      ...counter("runs", "Runs that ended", { 'result="ok"': this.runs, 'result="error"': this.failures }),
      ...gauge("waiting", "Runs that wait for their turn", now.waiting),
      ...gauge("running", "Runs under way", now.running),
      ...gauge("open", "Luas that are open", now.open),
      ...gauge("bytes", "Bytes that open Luas take", now.bytes),
      ...counter("opens", "Luas that were opened", { "": this.opens }),
      ...counter(
        "evictions",
        "Luas that were closed, by reason",
        Object.fromEntries(Object.entries(this.evictions).map(([reason, count]) => [`reason="${reason}"`, count])),
      ),
      ...counter("restarts", "Luas that were lost with their thread", { "": this.restarts }),
      ...counter("wakes", "Luas that were opened for what waits in them", { "": this.wakes }),
      ...counter("wake_failures", "Luas that could not be opened for what waits in them", { "": this.wakeFailures }),
      ...counter("commits", "Commits to stores", { "": this.commits }),
      ...histogram("wait", "Seconds that runs waited for their turn", this.#waits),
      ...histogram("run", "Seconds that runs took", this.#times),
      "",
    ].join("\n");
  }
}

const head = (name: string, help: string, type: string): string[] => [
  `# HELP lua_pool_${name} ${help}.`,
  `# TYPE lua_pool_${name} ${type}`,
];

const gauge = (name: string, help: string, value: number): string[] => [
  ...head(name, help, "gauge"),
  `lua_pool_${name} ${value}`,
];

/** @param values by their labels */
const counter = (name: string, help: string, values: Record<string, number>): string[] => [
  ...head(`${name}_total`, help, "counter"),
  ...Object.entries(values).map(([labels, value]) => `lua_pool_${name}_total${labels && `{${labels}}`} ${value}`),
];

function histogram(name: string, help: string, { counts, count, ms }: Times): string[] {
  let sum = 0;
  const buckets = BOUNDS.map((bound, i) => `lua_pool_${name}_seconds_bucket{le="${bound}"} ${(sum += counts[i])}`);
  return [
    ...head(`${name}_seconds`, help, "histogram"),
    ...buckets,
    `lua_pool_${name}_seconds_bucket{le="+Inf"} ${count}`,
    `lua_pool_${name}_seconds_sum ${ms / 1000}`,
    `lua_pool_${name}_seconds_count ${count}`,
  ];
}
