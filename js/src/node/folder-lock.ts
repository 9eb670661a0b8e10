// One writer in a folder, by files that say which process it is: the one with the highest number counts, as long as its
// process is there. So nobody has to take away what a killed process left. It knows nothing of what is locked.
import { builtin, nodeProcess } from "../core/environment.ts";
import { type Files, orMissing } from "./files.ts";

/** Milliseconds in which whoever made a file has written into it. */
const PATIENCE = 1000;
/** In the file of a writer that has let go. */
const FREE = "free";

interface Owner {
  pid: number;
  host: string;
  /** When the process began, where that can be known: numbers of processes come again. */
  began?: string;
}

const nameOf = (number: number): string => `lock-${number}.luat`;
const numberOf = (name: string): number => Number(/^lock-([1-9]\d*)\.luat$/.exec(name)?.[1] ?? 0);

/** @returns what releases it; null while someone else has it */
export async function lockFolder(fs: Files, folder: string): Promise<(() => Promise<void>) | null> {
  const [latest] = await numbers(fs, folder);
  if (latest && (await isHeld(fs, `${folder}/${nameOf(latest)}`))) return null;
  const own = (latest ?? 0) + 1;
  const file = `${folder}/${nameOf(own)}`;
  if (!(await isMade(fs, file))) return null;
  // Who looked before others came and went has made one that does not count.
  const [highest, ...older] = await numbers(fs, folder);
  if (highest !== own) return (await orMissing(fs.rm(file)), null);
  for (const number of older) await orMissing(fs.rm(`${folder}/${nameOf(number)}`));
  return () => fs.writeFile(file, FREE);
}

/** @returns the highest first */
async function numbers(fs: Files, folder: string): Promise<number[]> {
  const names = await fs.readdir(folder);
  return names
    .map(numberOf)
    .filter(number => number > 0)
    .sort((a, b) => b - a);
}

async function isMade(fs: Files, file: string): Promise<boolean> {
  try {
    await fs.writeFile(file, JSON.stringify(await thisProcess(fs)), { flag: "wx" });
    return true;
  } catch (cause) {
    if (cause.code === "EEXIST") return false;
    throw cause;
  }
}

async function isHeld(fs: Files, file: string): Promise<boolean> {
  const bytes = await orMissing(fs.readFile(file));
  if (!bytes) return true;
  const text = new TextDecoder().decode(bytes);
  if (text === FREE) return false;
  const owner = parsed(text);
  if (owner) return isThere(fs, owner);
  const found = await orMissing(fs.stat(file));
  return !found || Date.now() - found.mtimeMs < PATIENCE;
}

/** @returns undefined for what its maker has not written to the end */
function parsed(text: string): Owner | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of another machine or container nobody knows; then it counts as there. */
async function isThere(fs: Files, { pid, host, began }: Owner): Promise<boolean> {
  if (host !== (await hostName())) return true;
  const now = await beginningOf(fs, pid);
  if (began && now) return began === now;
  try {
    (nodeProcess as unknown as { kill(pid: number, signal: 0): void }).kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code !== "ESRCH";
  }
}

async function thisProcess(fs: Files): Promise<Owner> {
  const { pid } = nodeProcess as unknown as { pid: number };
  return { pid, host: await hostName(), began: await beginningOf(fs, pid) };
}

const hostName = async (): Promise<string> => (await builtin<{ hostname(): string }>("os")).hostname();

/** In the place of when a process began that only waits for its parent to hear of its end. */
const ENDED = "ended";

/** @returns on Linux when a process began, after which start of the machine; undefined when that cannot be seen */
async function beginningOf(fs: Files, pid: number): Promise<string | undefined> {
  const read = (file: string) =>
    fs.readFile(`/proc/${file}`).then(
      bytes => new TextDecoder().decode(bytes).trim(),
      () => undefined,
    );
  const [boot, stat] = await Promise.all([read("sys/kernel/random/boot_id"), read(`${pid}/stat`)]);
  if (!boot || !stat) return undefined;
  // After the name of the program, which is in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const hasEnded = fields[0] === "Z" || fields[0] === "X";
  return hasEnded ? ENDED : `${boot}/${fields[19]}`;
}
