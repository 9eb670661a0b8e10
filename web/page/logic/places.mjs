// Where errors come from: places such as `run 3:7` in messages and tracebacks. It knows which text each run had, and no page.

/** Of the page's own Lua, whose frames nobody wants to see. */
const OWN = /^\t(?:page:|\(\.\.\.tail calls\.\.\.\)$|\[C\]: in \?$)/;

/** @param {string} traceback @returns {string} without the frames of the page */
export function trimmedTraceback(traceback) {
  const lines = traceback.split("\n");
  const end = lines.findIndex(line => line.startsWith("\tpage:"));
  const shown = end < 0 ? lines : lines.slice(0, end);
  while (shown.length > 0 && OWN.test(shown.at(-1))) shown.pop();
  if (end >= 0 && shown.length > 0) shown.push(shown.pop().replace(/: in local 'f'$/, ": in main chunk"));
  return shown.length > 1 ? shown.join("\n") : "";
}

/**
 * @param {string} text of an error
 * @returns {{text: string, run?: string, line?: number}[]} its pieces: places in runs apart from what is between them
 */
export function piecesOf(text) {
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(/(?<![\w.])(run \d+):(\d+)(?=:|>)/g)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: match[0], run: match[1], line: Number(match[2]) });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/**
 * The line of a run that its error came from: the message's, or that of its innermost function.
 * @param {{message: string, traceback?: string}} error @param {string} run its name
 * @returns {number} -1 when nobody knows
 */
export function lineOf({ message, traceback = "" }, run) {
  const inMessage = message.startsWith(`${run}:`) ? parseInt(message.slice(run.length + 1), 10) : NaN;
  if (inMessage > 0) return inMessage;
  const inTraceback = parseInt(traceback.split(`\n\t${run}:`)[1], 10);
  return inTraceback > 0 ? inTraceback : -1;
}

/** Runs that are known. */
const MOST = 1000;

/** Which cell each run was of, and what its text was then. */
export class Runs {
  #runs = new Map();
  #last = 0;

  /** @param {number} cell its id @param {string} code @returns {string} the name of this run */
  begin(cell, code) {
    const name = `run ${++this.#last}`;
    this.#runs.set(name, { cell, code });
    this.#runs.delete(`run ${this.#last - MOST}`);
    return name;
  }

  /**
   * @param {string} run its name
   * @param {(cell: number) => string | undefined} codeOf a cell now
   * @returns {number | undefined} the cell, if its text is still that of the run
   */
  cellOf(run, codeOf) {
    const known = this.#runs.get(run);
    return known && codeOf(known.cell) === known.code ? known.cell : undefined;
  }
}
