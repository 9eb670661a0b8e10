// What stores in files share: the part of node:fs/promises that they use.

/** What is used of node:fs/promises. */
export interface Files {
  mkdir(path: string, options: { recursive: true }): Promise<string | undefined>;
  open(path: string, flags: string): Promise<OpenFile>;
  readFile(path: string): Promise<Uint8Array>;
  readdir(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string): Promise<void>;
  stat(path: string): Promise<{ mtimeMs: number }>;
  writeFile(path: string, text: string, options?: { flag: string }): Promise<void>;
}

interface OpenFile {
  writeFile(bytes: Uint8Array | string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** @returns what `reading` gives; undefined when there is no such file */
export const orMissing = <T>(reading: Promise<T>): Promise<T | undefined> =>
  reading.catch(cause => {
    if (cause.code === "ENOENT") return undefined;
    throw cause;
  });
