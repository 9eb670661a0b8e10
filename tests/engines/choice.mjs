// Which test files run in browsers, and what the short form leaves out.
import { readdirSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

/** Folders whose tests need only the module or the package, and those that only a browser has. */
const FOLDERS = [
  "tests/engines/browser",
  "tests/abi",
  "tests/ext",
  "tests/host",
  "tests/page",
  "tests/stores",
  "tests/web",
  "tests/worker",
];

/** In `browser/` all but what a worker loads. */
const isTest = file => file.endsWith(".test.mjs") || (file.startsWith(FOLDERS[0]) && !file.endsWith("-run.mjs"));

const named = (names, file) => names.some(name => file.endsWith(name));

/** Not in the short form: files that take long. */
const LONG_FILES = [
  "abi/depth.test.mjs",
  "abi/heavy.test.mjs",
  "abi/limits.test.mjs",
  "abi/memory.test.mjs",
  "abi/numbers.test.mjs",
  "abi/soak.test.mjs",
  "ext/cost.test.mjs",
  "ext/model.test.mjs",
  "ext/stops.test.mjs",
  "abi/brute-force.test.mjs",
  "stores/kill.test.mjs",
  "stores/damage.test.mjs",
  "stores/hour.test.mjs",
  "web/sweep.test.mjs",
  "web/heavy-runs.test.mjs",
  "worker/kill.test.mjs",
  "worker/restart.test.mjs",
  "web/image-cycles.test.mjs",
  "web/table-graphs.test.mjs",
  "web/statistics.test.mjs",
];

/** Recursions that leave the least of the stack, by `npm run depth`: the short form has only these. */
const DEEPEST = [
  "parser: load in the reader of load",
  "coroutine.close in __close",
  "sort of tables with metamethods",
  "coroutine.resume in coroutines",
  "traceback, deep in gsub",
];

/** Not in the short form: names of tests that take long in a file that does not. */
export const LONG_TESTS = [
  `^(?!(${DEEPEST.join("|")}): its end).*: its end in`,
  "a hook that recurses",
  "million",
  "100[,_]?000",
  "in a loop of",
  "500 MB",
  "random bytes as keys",
  "make memory grow",
  "pages do not grow",
  "any depth",
  "random programs wait",
  "leave no memory",
].join("|");

/** Whether a file measures the engine's stack. */
export const isDepth = file => file.endsWith("browser/depth.mjs");

/** Paths from the repository's root, in the order in which they run. */
export function files({ short, only = "" }) {
  const all = FOLDERS.flatMap(folder =>
    readdirSync(new URL(folder, ROOT))
      .sort()
      .map(name => `${folder}/${name}`),
  ).filter(isTest);
  return all.filter(file => file.includes(only) && !(short && named(LONG_FILES, file)));
}
