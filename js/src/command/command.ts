// The command: does what its words ask for, in the order in which `lua` does it. It does not start or end processes.
import { dirname } from "node:path";
import { moduleFolder } from "../node.ts";
import { StoreError } from "../stores/store-error.ts";
import type { LuaStore, WhenBusy } from "../stores/store.ts";
import { type CommandLine, readArguments } from "./arguments.ts";
import { CommandError, UsageError } from "./errors.ts";
import { HELP, PROGRAM, USAGE, VERSION } from "./help.ts";
import { allowedVariables, hostFunctions } from "./host.ts";
import { Exit, Machine, type MachineOptions } from "./machine.ts";
import { textOf } from "./report.ts";
import { Runner } from "./runner.ts";
import { servePage } from "./serve.ts";
import { type Surroundings, batch, hasSession, readsInput, session } from "./surroundings.ts";
import { Input, write } from "./stdio.ts";
import { storeAt } from "./stores.ts";

const FAILURE = 1;

/** @param words without the program's name @returns the exit code; undefined while a page is served */
export async function main(words: string[]): Promise<number | undefined> {
  try {
    if (words[0] === "serve") return await servePage(words.slice(1));
    const line = readArguments(words, PROGRAM);
    return line.showsHelp ? (write(1, HELP), 0) : await run(line);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    complain(error.message);
    write(2, USAGE);
    return FAILURE;
  }
}

const complain = (text: string): void => write(2, `${PROGRAM}: ${text}\n`);

async function run(line: CommandLine): Promise<number> {
  const isSession = hasSession(line);
  if (line.showsVersion || isSession) write(1, VERSION);
  const input = new Input();
  const describe = (error: unknown) => textOf(error, line.settings);
  try {
    const around = isSession ? session(input, describe) : batch(input);
    return await withMachine(line, around, machine => runAll(line, { machine, input, around }));
  } catch (error) {
    if (error instanceof Exit) return error.code;
    complain(describe(error));
    return FAILURE;
  }
}

/** Closes it in any case. */
async function withMachine<T>(
  line: CommandLine,
  around: Surroundings,
  use: (machine: Machine) => Promise<T>,
): Promise<T> {
  const machine = await open(line, around);
  let result: T;
  try {
    result = await use(machine);
  } catch (error) {
    await machine.close().catch(problem => complain(textOf(problem, line.settings)));
    throw error;
  }
  await machine.close();
  return result;
}

async function open({ words, scriptAt, settings }: CommandLine, around: Surroundings): Promise<Machine> {
  const script = words[scriptAt];
  const options: MachineOptions = {
    settings,
    variables: allowedVariables(settings),
    inWorker: around.inWorker,
    ...around.output,
    host: hostFunctions(settings, around.stdin),
    modules: moduleFolder(script === undefined || script === "-" ? "." : dirname(script)),
  };
  const path = settings.store === undefined ? around.store : settings.store;
  const persist = settings.persist ?? (settings.store === undefined ? "everything" : "tables");
  if (!path && (settings.persist || settings.forgets)) throw new CommandError("--persist and --forget need --store");
  if (!path) return Machine.open(options);
  const kept = { persist, discardProgram: settings.forgets };
  const machine = await openWithStore({ ...options, ...kept }, storeAt(path), around.whenBusy);
  around.announce(path, { isReadOnly: machine.readOnly, persist });
  return machine;
}

/** Says so when it waits for another process. */
async function openWithStore(options: MachineOptions, store: LuaStore, whenBusy: WhenBusy): Promise<Machine> {
  try {
    return await Machine.open({ ...options, store, whenBusy: whenBusy === "wait" ? "refuse" : whenBusy });
  } catch (error) {
    if (!(error instanceof StoreError && error.kind === "busy" && whenBusy === "wait")) throw error;
    complain(`another process has the ${store.label}; waiting for it`);
    return Machine.open({ ...options, store, whenBusy });
  }
}

interface Parts {
  machine: Machine;
  input: Input;
  around: Surroundings;
}

async function runAll(line: CommandLine, { machine, input, around }: Parts): Promise<number> {
  const runner = new Runner(machine, input, around.stoppable);
  await runner.setArguments(line);
  if (!line.ignoresEnvironment) await runner.runInit();
  for (const action of line.actions) await runner.act(action);
  if (line.scriptAt < line.words.length) await runner.runScript(line);
  else if (readsInput(line)) await tolerantly(line, () => runner.runInput());
  await around.converse(machine);
  return 0;
}

/** As `lua` does: an error in what comes from a pipe is said, and not in the exit code. */
async function tolerantly({ settings }: CommandLine, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Exit) throw error;
    complain(textOf(error, settings));
  }
}
