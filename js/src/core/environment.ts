// Where this runs, and the modules that only Node and its like have. A bundler must not meet their names: nothing here
// imports one by a literal.

declare const process: { versions?: { node?: string }; getBuiltinModule?: (name: string) => unknown } | undefined;

export const inNode: boolean = typeof process === "object" && Boolean(process.versions?.node);
export const inPage: boolean = typeof document === "object";

/** @param name of a module of Node @returns it; typed by who asks */
export async function builtin<Module>(name: string): Promise<Module> {
  const found = typeof process === "object" ? process.getBuiltinModule?.(`node:${name}`) : undefined;
  // Node 20.16 and 22.3 are the first to have it.
  return (found ?? import(/* @vite-ignore */ /* webpackIgnore: true */ `node:${name}`)) as Module;
}

/** In Node a program does not wait for this timer. */
export function rest(timer: unknown): void {
  (timer as { unref?(): void }).unref?.();
}
