// The functions that scripts of the command can call, and the variables of the environment that they can see.
import process from "node:process";
import type { HostFunctions } from "../host/entries.ts";
import { BUILT_IN } from "../host/side.ts";
import type { Settings } from "./arguments.ts";
import { fileFunctions } from "./files.ts";
import { write } from "./stdio.ts";

/** The names in `host` that are for scripts. */
export const HOST_NAMES: readonly string[] = [
  ...["env", "fs.list", "fs.read", "fs.remove", "fs.write"],
  ...[...BUILT_IN].filter(name => name !== "exposed"),
];

/** @param stdin gives more bytes at each call, and null at the end @throws {Error} a folder is not there */
export const hostFunctions = (settings: Settings, stdin: () => unknown): HostFunctions => ({
  stdin,
  stderr: (text: string | Uint8Array) => write(2, text),
  fs: fileFunctions(settings),
  env: (name: unknown) => variable(settings, name),
});

export function allowedVariables({ variables }: Settings): Record<string, string> {
  const found = variables.map(name => [name, process.env[name]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found);
}

function variable({ variables }: Settings, name: unknown): string | undefined {
  if (typeof name !== "string") throw new TypeError("the name of a variable must be a string");
  if (!variables.includes(name)) throw new Error(`'${name}' needs the option --allow-env ${name} of the command`);
  return process.env[name];
}
