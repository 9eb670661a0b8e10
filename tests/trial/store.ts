// Where Node keeps tables.
import { sqliteStore } from "lua-persistent/node";

export const store = sqliteStore("memory.db");
