// node:module for a page: `require` of the CommonJS files of the repository.
import { stub } from "../needs-node.mjs";
import { readFileSync } from "./fs.mjs";

const loaded = new Map();

function load(url) {
  const module = { exports: {} };
  loaded.set(url, module);
  const body = new Function(
    "module",
    "exports",
    "require",
    "__dirname",
    `${readFileSync(url, "utf8")}\n//# sourceURL=${url}`,
  );
  body(module, module.exports, createRequire(url), new URL(".", url).pathname);
  return module;
}

/** Node's own: every member says that it is not there. */
const nodes = name => new Proxy({}, { get: (_, member) => stub(`${name} ${String(member)}`) });

export const createRequire = from => name => {
  if (name.startsWith("node:")) return nodes(name);
  const { href } = new URL(name, from);
  return (loaded.get(href) ?? load(href)).exports;
};
