// What the editor asks of Lua: names as they are now, and syntax errors. While Lua is busy it asks nothing, for the answer would
// come too late; the libraries are known without.
import { describe, libraryFields } from "../logic/library.mjs";

const MOST_FIELDS = 500;

/**
 * @param {object} lua
 * @param {(name: string, ...args: unknown[]) => Promise<any>} lua.ask inspector.lua @param {() => boolean} lua.isBusy
 */
export const languageOf = ({ ask, isBusy }) => ({
  describe,

  /** @param {string[]} path of names, from a global */
  async fields(path) {
    if (isBusy()) return libraryFields(path);
    return ask("complete", path, MOST_FIELDS).catch(() => libraryFields(path));
  },

  /** @param {string} code @returns {Promise<{line: number, message: string} | null>} why it does not compile */
  async check(code) {
    if (isBusy() || code.trim() === "") return null;
    const problem = await ask("check", code, "cell").catch(() => null);
    const [, line, message] = /^cell:(\d+): (.*)$/s.exec(problem ?? "") ?? [];
    return line ? { line: Number(line), message } : null;
  },
});
