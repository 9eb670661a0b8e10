// node:test for a page: what the tests here use of it. Tests run one after the other, when `runAll` is called.
import { needed } from "../needs-node.mjs";

/** Milliseconds for a test that says nothing else. */
const PATIENCE = 300_000;
/** What a test says is meant for Node: here three browsers share the machine. */
const SHARED = 4;

const tests = [];
const hooks = { before: [], after: [], beforeEach: [], afterEach: [] };

export function test(name, options, body = options) {
  tests.push({ name, body, options: typeof options === "object" ? options : {} });
}
test.skip = (name, options, body) => test(name, { skip: true }, body ?? options);
export default test;

export const before = body => hooks.before.push(body);
export const after = body => hooks.after.push(body);
export const beforeEach = body => hooks.beforeEach.push(body);
export const afterEach = body => hooks.afterEach.push(body);

/** The body's end, or an error after `limit` milliseconds. */
function within(limit, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limit} ms`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What a test is given: subtests are part of it. */
class Context {
  after = [];

  constructor(name) {
    this.name = name;
  }

  notes = [];

  diagnostic(note) {
    this.notes.push(note);
  }

  skip(reason) {
    this.skipped = reason ?? "skipped";
  }

  async test(name, options, body = options) {
    await runBody(new Context(name), body);
  }
}

async function runBody(context, body) {
  const t = Object.assign(Object.create(context), { after: cleanUp => context.after.push(cleanUp) });
  try {
    await body(t);
  } finally {
    for (const cleanUp of context.after) await cleanUp();
  }
}

async function runHooks(bodies) {
  for (const body of bodies) await body();
}

/** One test: its status and, when it did not pass, why. What called a part that only Node has, counts as neither. */
async function outcome({ name, body, options }) {
  if (options.skip || !body) return { status: "skip", detail: String(options.skip ?? "no body") };
  const context = new Context(name);
  needed.clear();
  let failure;
  try {
    await runHooks(hooks.beforeEach);
    await within(options.timeout ? SHARED * options.timeout : PATIENCE, runBody(context, body));
    await runHooks(hooks.afterEach);
  } catch (error) {
    failure = error;
  }
  if (needed.size > 0) return { status: "node", detail: [...needed].join(", ") };
  if (failure) return { status: "FAIL", detail: describe(failure) };
  if (context.skipped) return { status: "skip", detail: context.skipped };
  return { status: "ok", notes: context.notes };
}

function describe(error) {
  const stack = String(error?.stack ?? "")
    .split("\n")
    .filter(line => line && !line.includes(error.message))
    .slice(0, 6);
  return [String(error), ...stack].join("\n  ");
}

/** Runs the tests of the file, but for those whose name matches `without`; `tell` hears of each. */
export async function runAll(tell, without) {
  await runHooks(hooks.before);
  for (const each of tests.filter(({ name }) => !without || !new RegExp(without).test(name))) {
    await tell({ kind: "start", name: each.name });
    const from = performance.now();
    const result = await outcome(each);
    await tell({ kind: "end", name: each.name, ms: Math.round(performance.now() - from), ...result });
  }
  await runHooks(hooks.after);
}
