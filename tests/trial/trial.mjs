// The trial in one environment: a project is made, built and run, and what came of it becomes a line.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openPage } from "./pages.mjs";
import { makeProject, run, versions } from "./project.mjs";

const STEPS = 9;
/** Of what a tool says of an error. */
const LINES = 30;

/** One page after the other: they share a window. */
let turn = Promise.resolve();
const inTurn = task => {
  const done = turn.then(task);
  turn = done.catch(() => {});
  return done;
};

/**
 * @param {import("./environments.mjs").Environment} environment
 * @param {(answer: Answer) => void} say hears of Node, or of each browser
 */
export async function tryIn(environment, shop, browsers, say) {
  const places = environment.inNode ? [inNode] : browsers.map(inBrowser);
  const building = build(environment, shop);
  await building.catch(() => {});
  for (const { where, takeSteps } of places) {
    const taken = building.then(project => takeSteps(project, environment));
    const outcome = await taken.catch(error => ({ passed: [], skipped: [], error: error.message }));
    say({ line: line(environment, where, outcome), isGood: isGood(outcome) });
  }
}

/** @returns {Promise<string>} the folder of the project */
async function build(environment, shop) {
  const project = await makeProject(shop, environment);
  for (const command of environment.build ?? []) await run(command, project);
  return project;
}

/** @typedef {{ line: string, isGood: boolean }} Answer */

const inBrowser = browser => ({
  where: `${browser.name} ${browser.version}`,
  takeSteps: (project, environment) => inTurn(() => openPage(browser, project, environment)),
});

const inNode = {
  where: `Node ${process.versions.node}`,
  /** Two processes: the second takes the last step. */
  async takeSteps(project, { inNode: program }) {
    for (let i = 0; i < 2; i++) {
      await run([process.execPath, program], project);
      const outcome = JSON.parse(readFileSync(join(project, "outcome.json"), "utf8"));
      if (outcome.error || i === 1) return outcome;
    }
  },
};

const isGood = ({ passed, skipped, error }) => !error && passed.length + skipped.length === STEPS;

function line({ name, packages, more }, where, outcome) {
  const head = `${name} (${[...versions(packages), where].join(", ")}${more ? `; ${more}` : ""})`;
  if (!isGood(outcome)) return `${head}: FAILED after ${outcome.passed.length} steps: ${shortened(outcome.error)}`;
  const skipped = outcome.skipped.map(text => `; skipped: ${text}`).join("");
  return `${head}: ${outcome.passed.length} of ${STEPS} steps pass${skipped}`;
}

const shortened = (text = "it did not take all steps") => text.split("\n").slice(0, LINES).join("\n  ");
