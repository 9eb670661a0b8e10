// Where Node keeps tables.
import { folderStore } from "lua-persistent/node";

export const store = folderStore("memory");
