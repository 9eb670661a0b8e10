// node:process for a page: an environment without variables. Only the tests see it: what they test must find none.
import { stub } from "../needs-node.mjs";

/** The time zone is the browser's, and cannot be set. */
export const env = new Proxy({}, { set: (_, name) => stub(`process.env.${name}`)() });
export const argv = [];
export const execArgv = [];
export const platform = "browser";
