// Where the command keeps Memory: the store that a path stands for, and the place of what sessions with a terminal keep.
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { folderStore, sqliteStore } from "../node.ts";
import type { LuaStore } from "../stores/store.ts";
import { PROGRAM } from "./help.ts";

const DATABASE = /\.(sqlite3?|db)$/i;

/** @param path of a folder, or of a file of SQLite */
export function storeAt(path: string): LuaStore {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile();
  if (!isFile && !DATABASE.test(path)) return folderStore(path);
  process.removeAllListeners("warning");
  process.on("warning", warning => warnOthers(warning));
  return sqliteStore(path);
}

/** Node says of its SQLite that it is experimental, at every start. */
function warnOthers(warning: Error): void {
  if (warning.name !== "ExperimentalWarning") process.stderr.write(`${warning.stack}\n`);
}

/** The folder of what is kept between sessions. */
export function dataFolder(): string {
  const { XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  const base = XDG_DATA_HOME || (process.platform === "win32" && LOCALAPPDATA) || join(homedir(), ".local", "share");
  return join(base, PROGRAM);
}
