// Completion of names: what the end of a line asks for, and what it can become. Names are Lua's to find.
import type { Machine } from "./machine.ts";

/** What is asked for at the end of a line. */
export interface Question {
  /** Keys, from a global on. */
  path: (string | number)[];
  /** Of the name. */
  start: string;
  /** After a colon: only what can be called. */
  needsCall: boolean;
}

export const KEYWORDS =
  `and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while`.split(/\s+/);

const NAME = "[A-Za-z_]\\w*";
const INDEX = `\\[\\s*(?:\\d+|"[^"\\\\]*"|'[^'\\\\]*')\\s*\\]`;
const END = new RegExp(`(?:(${NAME}(?:\\s*\\.\\s*${NAME}|${INDEX})*)\\s*([.:])\\s*)?(${NAME})?$`);
const STEP = new RegExp(`(${NAME})|\\[\\s*(?:(\\d+)|"([^"]*)"|'([^']*)')`, "g");

/** @returns null where no name can be: in a string, a comment or a number, or after what is no path */
export function questionIn(line: string): Question | null {
  const match = END.exec(line)!;
  const [, path = "", mark = "", start = ""] = match;
  const before = line.slice(0, match.index);
  if (isInText(before) || /[\w.:\])]$/.test(before)) return null;
  const steps = [...path.matchAll(STEP)].map(([, name, number, ...texts]) =>
    number === undefined ? (name ?? texts.find(text => text !== undefined)!) : Number(number),
  );
  return { path: steps, start, needsCall: mark === ":" };
}

/** Milliseconds. */
const PATIENCE = 300;

/**
 * Asks Lua.
 * @param hostNames of functions of the host, with dots: `host` tells Lua no names
 * @returns what the end of a line can become, and that end
 */
export async function completions(
  line: string,
  call: Machine["call"],
  hostNames: readonly string[],
): Promise<[string[], string]> {
  const question = questionIn(line);
  if (!question) return [[], line];
  const { path, start, needsCall } = question;
  const [found] = (await call("complete", [path, start, needsCall], { timeout: PATIENCE })) as [string[]];
  const names = new Set([...keywords(question), ...inHost(hostNames, question), ...found]);
  return [[...names].sort(), start];
}

/** Whether a string or a comment is open at the end. */
function isInText(text: string): boolean {
  const rest = text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[\[.*?\]\]/g, "");
  return /["']|--|\[\[/.test(rest);
}

function inHost(names: readonly string[], { path, start }: Question): string[] {
  const paths = names.map(name => ["host", ...name.split(".")]);
  const below = paths.filter(parts => parts.length > path.length && path.every((key, at) => key === parts[at]));
  const found = path.length > 0 ? below.map(parts => parts[path.length]) : [];
  return found.filter(name => name.startsWith(start));
}

const keywords = ({ path, start }: Question): string[] =>
  path.length === 0 && start !== "" ? KEYWORDS.filter(word => word.startsWith(start)) : [];
