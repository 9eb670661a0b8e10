// What can be meant where the cursor is: keywords, names of the text, the libraries, and what is in Lua's tables now. It knows
// the shape of Lua's names, and neither the editor nor Lua itself.

const KEYWORDS =
  "and break do else elseif end false for function goto if in local nil not or repeat return then true until while";
const WORD = /[A-Za-z_]\w*/g;
/** Names joined by dots, the last one after a dot or a colon, possibly begun. */
const PATH = /((?:[A-Za-z_]\w*\s*[.:]\s*)*)([A-Za-z_]\w*)?$/;

/**
 * @param {string} before the line up to the cursor
 * @returns {{path: string[], begun: string, isMethod: boolean} | null} null: in a comment, or after a number
 */
export function nameBefore(before) {
  if (/--|\d\.?\w*$/.test(before) && !/[A-Za-z_]\w*$/.test(before.replace(/.*--.*/, ""))) return null;
  const [, names, begun = ""] = PATH.exec(before);
  const start = before.length - names.length - begun.length;
  // The field of something that has no name here, such as the result of a call.
  if (/[.:]\s*$/.test(before.slice(0, start)) && !/\.\.\s*$/.test(before.slice(0, start))) return null;
  return { path: names.match(WORD) ?? [], begun, isMethod: /:\s*$/.test(names) };
}

/** @param {{from: number, text: string}} line @param {number} pos in the text @returns the dotted name there */
export function wordAt({ from, text }, pos) {
  for (const match of text.matchAll(/[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)*/g)) {
    const start = from + match.index;
    const end = start + match[0].length;
    if (start <= pos && pos <= end) return { from: start, to: end, text: match[0].replace(/:/g, ".") };
  }
  return null;
}

/** Names that the text has, without the one that is being written. */
function namesIn(text, begun) {
  const counts = new Map();
  for (const [name] of text.matchAll(WORD)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].filter(([name, count]) => name.length > 2 && (name !== begun || count > 1)).map(([name]) => name);
}

/** @param {{name: string, kind: string, text: string}[]} fields of a table, by Lua */
const ofFields = (fields, path, describe) =>
  fields.map(({ name, kind, text }) => {
    const about = describe([...path, name].join("."));
    return {
      label: name,
      type: kind === "function" ? "function" : "property",
      detail: about ? about.signature.slice(about.signature.indexOf("(")) : text,
      info: about?.does,
      boost: about ? 0 : 1,
    };
  });

/** @param {(names: string[]) => object[]} keep @returns those whose label is new */
function withoutTwins(options) {
  const seen = new Set();
  return options.filter(({ label }) => !seen.has(label) && seen.add(label));
}

/**
 * @param {object} known
 * @param {(path: string[]) => Promise<object[]>} known.fields of the table at a path, as Lua has them now
 * @param {(name: string) => {signature: string, does: string} | undefined} known.describe
 * @returns {(context: object) => Promise<object | null>} a source of completions
 */
export const completionsAt =
  ({ fields, describe }) =>
  async context => {
    const line = context.state.doc.lineAt(context.pos);
    const name = nameBefore(context.state.sliceDoc(line.from, context.pos));
    if (!name) return null;
    const { path, begun } = name;
    if (begun === "" && path.length === 0 && !context.explicit) return null;
    const found = ofFields(await fields(path), path, describe);
    // Lua may have taken its time.
    if (context.aborted || context.view?.hasFocus === false) return null;
    const options = path.length > 0 ? found : [...found, ...ofText(context, begun)];
    return { from: context.pos - begun.length, options: withoutTwins(options), validFor: /^\w*$/ };
  };

function ofText(context, begun) {
  const keywords = KEYWORDS.split(" ").map(label => ({ label, type: "keyword", boost: -1 }));
  const names = namesIn(context.state.doc.toString(), begun).map(label => ({ label, type: "text", boost: -2 }));
  return [...keywords, ...names];
}
