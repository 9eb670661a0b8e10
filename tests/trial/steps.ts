// The nine steps that every environment takes with the installed package, from this one source: what users do first. It knows
// nothing of where it runs, and needs no library but es2022.
import {
  LuaLimitError,
  LuaPersistent,
  type LuaSession,
  type LuaWorker,
  type OpenOptions,
  type StoreOptions,
} from "lua-persistent";

/** Of every environment here; the library es2022 alone does not have it. */
declare const AbortSignal: { timeout(milliseconds: number): any };

/** Where the steps are taken. */
export interface Place {
  store: NonNullable<StoreOptions["store"]>;
  /** Is told the name of each step before it is taken. */
  at(step: string): void;
}

export interface Outcome {
  passed: string[];
  skipped: string[];
  /** What was wrong with the first step that failed. */
  error?: string;
}

/** What the steps have made so far. */
interface Made {
  lua: LuaSession;
  worker: LuaWorker;
}

/** A step answers with why it was skipped, or nothing. */
type Step = (place: Place, made: Made) => Promise<string | void>;

const LOOP = "while true do end";
const NAME = "trial";

const STEPS: Record<string, Step> = {
  async load() {
    const lua = await new LuaPersistent().load();
    same(typeof lua.exports?.eval, "function");
  },

  async eval() {
    const lua = await new LuaPersistent().load();
    same(lua.eval("print('hello') return 1 + 1"), "hello\n2");
  },

  async open({ store }, made) {
    made.lua = await LuaPersistent.open({ store, name: NAME });
    same(made.lua.readOnly, false);
  },

  async run(_, { lua }) {
    const { output, values } = await lua.run(
      "print(_VERSION) Memory.visits = (Memory.visits or 0) + 1 return Memory.visits, 'text', 2^53",
    );
    same(output, "Lua 5.4\n");
    same(values.join(), "1,text,9007199254740992");
    await lua.flush();
  },

  async host() {
    if (!("hostFunction" in LuaPersistent)) return "the package has no host functions yet";
    const options: object = { host: { double: (n: number) => 2 * n, later: async (text: string) => `${text}!` } };
    const lua = await LuaPersistent.open(options as OpenOptions);
    const { values } = await lua.run("return host.double(21), host.later('hello')");
    same(values.join(), "42,hello!");
    await lua.close();
  },

  async worker(_, made) {
    made.worker = await LuaPersistent.openWorker();
    const { values } = await made.worker.run("Memory.x = 20 return Memory.x + 1");
    same(values.join(), "21");
  },

  async stop(_, { worker }) {
    const late = await thrownBy(worker.run(LOOP, { timeout: 200 }));
    same(late instanceof LuaLimitError && late.limit, "time");
    const aborted = await thrownBy(worker.run(LOOP, { signal: AbortSignal.timeout(200) }));
    same((aborted as Error | undefined)?.name, "TimeoutError");
    // Where threads share no memory an abort ends the worker: globals are lost, tables are not.
    const { values } = await worker.run("return Memory.x");
    same(values.join(), "20");
    await worker.close();
  },

  async image(_, { lua }) {
    await lua.run("local n = 6 function more() n = n + 1 return n end");
    const image = await lua.saveImage();
    const copy = await LuaPersistent.openImage(image);
    const { values } = await copy.run("return more(), Memory.visits");
    same(values.join(), "7,1");
    await copy.close();
    await lua.close();
  },
};

/** After it, whatever runs this is to begin anew, and to call {@link afterReload}. */
export async function takeSteps(place: Place): Promise<Outcome> {
  const outcome: Outcome = { passed: [], skipped: [] };
  const made = {} as Made;
  for (const [name, step] of Object.entries(STEPS))
    if (!outcome.error) await take(outcome, name, () => step(place, made), place);
  return outcome;
}

/** The last step. @param outcome of those before */
export async function afterReload(place: Place, outcome: Outcome): Promise<Outcome> {
  return take(outcome, "reload", () => stillThere(place), place);
}

async function stillThere({ store }: Place): Promise<void> {
  const lua = await LuaPersistent.open({ store, name: NAME });
  const { values } = await lua.run("return Memory.visits, more");
  same(values.join(), "1,");
  await lua.close();
}

async function take(outcome: Outcome, name: string, step: () => Promise<string | void>, { at }: Place) {
  at(name);
  try {
    const why = await step();
    if (why) outcome.skipped.push(`${name} (${why})`);
    else outcome.passed.push(name);
  } catch (error) {
    outcome.error = `${name}: ${(error as Error)?.stack ?? error}`;
  }
  return outcome;
}

async function thrownBy(running: Promise<unknown>): Promise<unknown> {
  try {
    await running;
  } catch (error) {
    return error;
  }
  throw new Error("it ended without an error");
}

function same(found: unknown, expected: unknown) {
  if (found !== expected) throw new Error(`${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}
