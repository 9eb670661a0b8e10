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
 * @returns {Promise<{ line: string, isGood: boolean }>}
 */
export async function tryIn(environment, shop, browser) {
  let outcome;
  try {
    const project = await build(environment, shop);
    outcome = environment.inNode
      ? await inNode(project, environment)
      : await inTurn(() => openPage(browser, project, environment));
  } catch (error) {
    outcome = { passed: [], skipped: [], error: error.message };
  }
  return { line: line(environment, browser, outcome), isGood: isGood(outcome) };
}

/** @returns {Promise<string>} the folder of the project */
export async function build(environment, shop) {
  const project = await makeProject(shop, environment);
  for (const command of environment.build ?? []) await run(command, project);
  return project;
}

/** Two processes: the second takes the last step. */
async function inNode(project, { inNode: program }) {
  for (let i = 0; i < 2; i++) {
    await run([process.execPath, program], project);
    const outcome = JSON.parse(readFileSync(join(project, "outcome.json"), "utf8"));
    if (outcome.error || i === 1) return outcome;
  }
}

const isGood = ({ passed, skipped, error }) => !error && passed.length + skipped.length === STEPS;

function line({ name, packages, more, inNode }, browser, outcome) {
  const where = inNode ? `Node ${process.versions.node}` : `${browser.name} ${browser.version}`;
  const head = `${name} (${[...versions(packages), where].join(", ")}${more ? `; ${more}` : ""})`;
  if (!isGood(outcome)) return `${head}: FAILED after ${outcome.passed.length} steps: ${shortened(outcome.error)}`;
  const skipped = outcome.skipped.map(text => `; skipped: ${text}`).join("");
  return `${head}: ${outcome.passed.length} of ${STEPS} steps pass${skipped}`;
}

const shortened = (text = "it did not take all steps") => text.split("\n").slice(0, LINES).join("\n  ");
