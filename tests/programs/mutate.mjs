// Random programs out of a corpus: pieces in a row, and changes of their tokens, lines and bytes.
import { program as randomProgram } from "../patches/programs.mjs";

const TOKEN =
  /--\[\[[^]*?\]\]|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|0[xX][\w.]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\.\.\.|\.\.|[=~<>]=|\/\/|<<|>>|::|\s+|[^]/g;
const NAME = /^[A-Za-z_]\w*$/;
const NUMBER = /^\d/;
const TEXT = /^["']/;

const KEYWORDS = new Set(
  "and break do else elseif end false for function goto if in local nil not or repeat return then true until while".split(
    " ",
  ),
);

const NUMBERS = [
  "0",
  "1",
  "-1",
  "2",
  "255",
  "256",
  "1e3",
  "65536",
  "2^31",
  "2^53",
  "math.maxinteger",
  "math.mininteger",
  "0x7fffffff",
  "-0.0",
  "1/0",
  "-1/0",
  "0/0",
  "1e308",
  "0.5",
  "1e-320",
  "3e5",
];
const TEXTS = [
  '""',
  '"\\0"',
  '"x"',
  '"%s"',
  '"%99.99f"',
  '"[^%z]*"',
  '"(()"',
  '"%b()"',
  '"%f[%w]"',
  '("x"):rep(1e5)',
  '("a"):rep(300)',
  '"\\xff\\xfe"',
  '"__index"',
  '"__gc"',
  '"k"',
  '"n"',
  '"*a"',
  '"!%c"',
  '"<i16>s8z"',
];
const VALUES = [
  "nil",
  "true",
  "false",
  "{}",
  "print",
  "Memory",
  "ext.table()",
  "_G",
  "_ENV",
  "string",
  "coroutine.running()",
  "io.stdout",
  'setmetatable({}, getmetatable(""))',
  "function(...) return ... end",
  "...",
  "coroutine.wrap(error)",
  'setmetatable({}, {__index = error, __gc = print, __close = print, __mode = "kv"})',
];
const OPERATORS = [
  "+",
  "-",
  "*",
  "/",
  "//",
  "%",
  "^",
  "..",
  "==",
  "~=",
  "<",
  "<=",
  ">",
  ">=",
  "&",
  "|",
  "~",
  "<<",
  ">>",
  "and",
  "or",
  ",",
  "=",
  ".",
  ":",
];

/** Statements that reach what the pieces of others do not. */
const STATEMENTS = [
  "collectgarbage()",
  'collectgarbage("generational")',
  'collectgarbage("incremental")',
  'collectgarbage("step", 1000)',
  'collectgarbage("stop")',
  'collectgarbage("restart")',
  "Memory.t = {{}, {x = 1}}",
  "Memory = ext.copy(_home)",
  "for k, v in pairs(_home) do _home[k] = nil end",
  "ext.clear(_home)",
  'ext.table("n").x = _home',
  'ext.drop("n")',
  'Memory[1] = ("v"):rep(40000)',
  "table.sort(_home)",
  "table.insert(_home, {})",
  "print(#_home, ext.size(_home), table.unpack(ext.names()))",
  "_home.self = _home",
  'io.write(("out"):rep(3000))',
  "error(setmetatable({}, {__tostring = error}))",
  'debug.sethook(function() local x = nil + 1 end, "lcr", 3)',
  "debug.sethook()",
  "debug.setmetatable(0, {__index = math, __call = print, __len = error})",
  "debug.setmetatable(nil, {__index = _G})",
  "debug.setmetatable(print, {__index = debug})",
  "setmetatable(_G, {__index = function(t, k) return k end})",
  "setmetatable(_G, nil)",
  'x = setmetatable({}, {__gc = function() Memory.gc = {1} error("gc") end})',
  "goto done ::done::",
  "return _G",
  "return _home, {1, {2}}, print, 1.5",
  "return table.unpack({}, 1, 1e5)",
  "co = coroutine.wrap(function(...) local c <close> = setmetatable({}, {__close = coroutine.yield}) while true do coroutine.yield(...) end end) co(1)",
  "local t = {} setmetatable(t, {__index = t, __newindex = t, __call = t}) pcall(t)",
  "string.format = nil",
  "tostring = nil",
  "error = nil pcall = nil",
  'require("string")',
  "package.loaded._G = nil",
  "utf8.char(table.unpack({}, 1, 200))",
  'load(string.rep("(", 300))',
  "load(string.dump(function() end))",
  'local s = "x" while true do s = s .. s end',
  "while true do Memory[#Memory + 1] = {} end",
  "local t = {} for i = 1, 1e9 do t[i] = {t} end",
  'string.rep("x", 1e9)',
  'x = ("x"):rep(1e6):find(("x*"):rep(20) .. "y")',
];

const tokensOf = source => source.match(TOKEN) ?? [];

/** Makes programs from a corpus. */
export class Mutator {
  /** @param {{pieces: string[], whole: string[]}} corpus @param {import('../abi/random.mjs').Random} random */
  constructor(corpus, random) {
    this.corpus = corpus;
    this.random = random;
  }

  /** @returns {string} a program in latin1, at most as long as the buffer */
  program() {
    const { random } = this;
    let source = this.#base();
    for (let changes = random.chance(0.2) ? 0 : random.below(8); changes > 0; changes--) source = this.#change(source);
    return source.slice(0, 65536);
  }

  #base() {
    const { random, corpus } = this;
    const kind = random.below(10);
    if (kind < 2) return randomProgram(random.u32());
    if (kind < 4) return random.pick(corpus.whole);
    const start = random.below(corpus.pieces.length);
    return corpus.pieces.slice(start, start + 1 + random.below(kind < 8 ? 8 : 2)).join("\n");
  }

  #change(source) {
    const kind = this.random.below(20);
    if (kind < 8) return this.#otherToken(source);
    if (kind < 11) return this.#lines(source);
    if (kind < 16) return this.#insertStatement(source);
    if (kind < 18) return this.#wrap(source);
    return this.#bytes(source);
  }

  #otherToken(source) {
    const { random } = this;
    const tokens = tokensOf(source);
    const at = random.below(tokens.length);
    const token = tokens[at] ?? "";
    if (/^\s/.test(token)) return source;
    tokens[at] = this.#replacement(token, tokens);
    return tokens.join("");
  }

  #replacement(token, tokens) {
    const { random } = this;
    if (random.chance(0.1)) return ` ${random.pick([...NUMBERS, ...TEXTS, ...VALUES])} `;
    if (NUMBER.test(token)) return random.pick(NUMBERS);
    if (TEXT.test(token)) return random.pick(TEXTS);
    if (NAME.test(token) && !KEYWORDS.has(token)) return this.#otherName(tokens);
    if (KEYWORDS.has(token)) return random.chance(0.2) ? random.pick([...KEYWORDS]) : token;
    return ` ${random.pick(OPERATORS)} `;
  }

  /** A name of the same program, or of another piece. */
  #otherName(tokens) {
    const { random } = this;
    const from = random.chance(0.6) ? tokens : tokensOf(random.pick(this.corpus.pieces));
    const names = from.filter(token => NAME.test(token) && !KEYWORDS.has(token));
    return names.length > 0 ? random.pick(names) : "x";
  }

  #lines(source) {
    const { random } = this;
    const lines = source.split("\n");
    const [from, count] = [random.below(lines.length), 1 + random.below(4)];
    const taken = lines.slice(from, from + count);
    if (random.chance(0.4)) lines.splice(from, count);
    else lines.splice(random.below(lines.length), 0, ...taken);
    return lines.join("\n");
  }

  #insertStatement(source) {
    const { random } = this;
    const lines = source.split("\n");
    const statement = random.chance(0.6) ? random.pick(STATEMENTS) : random.pick(this.corpus.pieces);
    lines.splice(random.below(lines.length + 1), 0, statement);
    return lines.join("\n");
  }

  #wrap(source) {
    return this.random.pick([
      `pcall(function(...)\n${source}\nend, 1, {}, "x")`,
      `local co = coroutine.create(function(...)\n${source}\nend) for i = 1, 5 do print(coroutine.resume(co, i)) end print(coroutine.close(co))`,
      `for i = 1, 20 do pcall(function(...)\n${source}\nend, i) end`,
      `setmetatable({}, {__gc = function(...)\n${source}\nend}) collectgarbage()`,
      `xpcall(error, function(...)\n${source}\nend)`,
      `do local c <close> = setmetatable({}, {__close = function(...)\n${source}\nend}) error("closing") end`,
      `("xyz"):gsub(".", function(...)\n${source}\nend)`,
      `table.sort({3, 1, 2, 5, 4}, function(...)\n${source}\nend)`,
      `return setmetatable({}, {__tostring = function(...)\n${source}\nend})`,
      `local f = function(...)\n${source}\nend f() f(1, nil, {})`,
    ]);
  }

  #bytes(source) {
    const { random } = this;
    const at = random.below(source.length + 1);
    const byte = String.fromCharCode(random.below(256));
    return random.pick([
      source.slice(0, at),
      source.slice(0, at) + byte + source.slice(at),
      source.slice(0, at) + byte + source.slice(at + 1),
    ]);
  }
}
