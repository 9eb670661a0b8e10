// Where the fuzzer of programs takes its Lua source from: the official test suite and this project's own programs, cut into
// pieces that compile.
import { readFileSync } from "node:fs";
import { open, quote } from "../abi/client.mjs";
import { deepData, programs as recursions } from "../abi/depth-programs.mjs";
import { filesToRun } from "../suite/suite.mjs";
import { suiteFolder } from "../suite/download.mjs";

/** Files that are one huge piece, or fill memory on purpose. */
const LEFT_OUT = new Set(["heavy.lua", "verybig.lua", "big.lua", "cstack.lua"]);
/** Lines of one piece, at most. */
const LINES = 150;
const BYTES = 16_000;

/** @returns {{pieces: string[], whole: string[]}} statements that compile by themselves, and programs to be run whole */
export function corpus() {
  const folder = suiteFolder();
  const files = filesToRun(folder).filter(name => !LEFT_OUT.has(name));
  const pieces = files.flatMap(name => piecesOf(readFileSync(folder + name, "latin1")));
  return { pieces, whole: [...faultPrograms(), ...Object.values(recursions), ...Object.values(deepData)] };
}

function faultPrograms() {
  const text = readFileSync(new URL("../fault/programs.lua", import.meta.url), "latin1");
  return text.split(/^--- .*\n/m).slice(1);
}

/** Consecutive lines of a file, cut where a line begins at the margin and what lies before it compiles. */
function piecesOf(text) {
  const lines = text.split("\n").filter(line => !line.startsWith("#"));
  const pieces = [];
  for (let at = 0; at < lines.length;) {
    const end = pieceEnd(lines, at);
    // What the suite keeps in locals of a file, later pieces need.
    if (end > at)
      pieces.push(
        lines
          .slice(at, end)
          .join("\n")
          .replace(/^local (?!function)([\w, ]+=)/gm, "$1")
          .replace(/^local function/gm, "function"),
      );
    at = Math.max(end, at + 1);
  }
  return pieces.filter(piece => /\w/.test(piece.replace(/^\s*--.*$/gm, "")));
}

function pieceEnd(lines, start) {
  for (let end = start + 1; end <= Math.min(lines.length, start + LINES); end++) {
    const atMargin = end === lines.length || /^(\S|$)/.test(lines[end]);
    if (atMargin && compiles(lines.slice(start, end).join("\n"))) return end;
  }
  return start;
}

let compiler;

function compiles(source) {
  if (source.length > BYTES) return false;
  compiler ??= open();
  return compiler.run(`return load(${quote(Buffer.from(source, "latin1"))}) ~= nil`) === "true";
}
