// What web/lua.wasm answers in Node on a plain host: a list of {name, source, ok, text} as JSON.
import { open } from "../abi/client.mjs";
import { deepData, programs } from "../abi/depth-programs.mjs";
import { program } from "../patches/programs.mjs";

const RANDOM_PROGRAMS = 300;

const sources = {
  "an expression": "1 + 1",
  "output and values": 'print("hi") return 42, nil, 1.5, "\\u{1f319}"',
  "a syntax error": "x = = 1",
  "a type error": "local t = nil return t.x",
  "an argument error": "string.rep()",
  "an argument error, caught": "return pcall(string.rep)",
  "a store":
    'Memory.n = {1, {2, x = "y"}} ext.table("a")[1] = Memory.n return #ext.names(), Memory.n[2].x, ext.size(Memory)',
  ...programs,
  ...deepData,
  ...Object.fromEntries(
    Array.from({ length: RANDOM_PROGRAMS }, (_, seed) => [`random program ${seed}`, program(seed)]),
  ),
};

console.log(
  JSON.stringify(
    Object.entries(sources).map(([name, source]) => {
      const { ok, text } = open().eval(source);
      return { name, source, ok, text };
    }),
  ),
);
