// Where this runs, and the modules that only Node and its like have. A bundler must not meet their names: nothing here
// imports one by a literal, nor is `process` a free name, for which some bring a stand-in.

interface Process {
  versions?: { node?: string };
  cwd(): string;
  getBuiltinModule?: (name: string) => unknown;
}

export const nodeProcess: Process | undefined = (globalThis as { process?: Process }).process;

export const inNode: boolean = Boolean(nodeProcess?.versions?.node);
export const inPage: boolean = typeof document === "object";

/** @param name of a module of Node @returns it, typed by the caller */
export async function builtin<Module>(name: string): Promise<Module> {
  // Node 20.16 and 22.3 are the first to have the method.
  const found = nodeProcess?.getBuiltinModule?.(`node:${name}`);
  return (found ?? import(/* @vite-ignore */ /* webpackIgnore: true */ `node:${name}`)) as Module;
}

/**
 * Vite's development server, up to Vite 7, joins a package's modules in a folder of its own and leaves its other files behind.
 * @param module the address of the module that asks
 * @param path of a file in dist/
 * @returns where that is served; undefined when the module is none of such a folder
 */
export function leftBehind(module: string, path: string): string | undefined {
  const [, packages] = /^(.*\/)\.vite\/deps\//.exec(module) ?? [];
  return packages && `${packages}lua-persistent/dist/${path}`;
}

/** Keeps this timer from holding up the end of a program in Node. */
export function rest(timer: unknown): void {
  (timer as { unref?(): void }).unref?.();
}
