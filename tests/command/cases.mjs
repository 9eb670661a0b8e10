// Command lines for `lua` and for this command. Of each: words, and possibly files, input, variables of the environment, and
// `most`: how many lines of standard error are alike.

const BOOM = `local function inner(x)
  error("boom " .. x)
end
local function outer(x)
  inner(x)
  return x
end
outer(...)
`;

export const CASES = {
  "a script prints, and its arguments are in ... and arg": {
    words: ["args.lua", "a", "b c", ""],
    files: { "args.lua": "print(select('#', ...), ...) print(arg[0], #arg, arg[1], arg[2], arg[3], arg[4])" },
  },
  "words before the script are at negative numbers of arg": {
    words: ["-W", "-e", "x = 1", "args.lua", "y"],
    files: { "args.lua": "print(arg[-3], arg[-2], arg[-1], arg[0], arg[1], x)" },
  },
  "options after the script are its own": { words: ["args.lua", "-e", "--store"], files: { "args.lua": "print(...)" } },
  "a first line that begins with # is skipped, and counts": {
    words: ["first.lua"],
    files: { "first.lua": "#!/usr/bin/env lua\nerror('here')" },
  },
  "an error has its position and a traceback": { words: ["boom.lua", "7"], files: { "boom.lua": BOOM } },
  "an error in a method of a table": {
    words: ["m.lua"],
    files: { "m.lua": "local t = { x = {} }\nfunction t.x:go() return self.y.z end\nlocal ok = t.x:go() .. ''" },
  },
  "the message of an error of the second level": {
    words: ["level.lua"],
    files: { "level.lua": "local function check(x)\n  error('bad ' .. x, 2)\nend\ncheck(1)\n" },
  },
  "an error without a position": { words: ["-e", "error('plain', 0)"] },
  "an error of the level above the script": { words: ["-e", "error('above', 2)"] },
  "an error that is a table": { words: ["-e", "error({})"] },
  "an error that is nil": { words: ["-e", "error(nil)"] },
  "an error that is false": { words: ["-e", "error(false)"] },
  "an error that is a function": { words: ["-e", "error(print)"] },
  "an error that is a coroutine": { words: ["-e", "error(coroutine.create(print))"] },
  "an error that is a number": { words: ["-e", "error(42)"] },
  "an error that gives its own text": {
    words: ["-e", "error(setmetatable({}, { __tostring = function() return 'mine' end }))"],
  },
  "an error of the compiler has no traceback": { words: ["-e", "x = = 1"] },
  "an error of the compiler in a script": { words: ["bad.lua"], files: { "bad.lua": "\n\nfor i = 1" } },
  "a script that is not there": { words: ["nosuch.lua"] },
  "a stack overflow": { words: ["-e", "local function f() return 1 + f() end f()"], most: 3 },
  "code from options runs in order, and globals stay": { words: ["-e", "x = 1", "-ex = x + 1", "-e", "print(x)"] },
  "after an error nothing more runs": { words: ["-e", "error('first')", "-e", "print('second')"] },
  "modules from options are globals": {
    words: ["-l", "one", "-l", "g=one", "-e", "print(one.name, g == one)"],
    files: { "one.lua": "return { name = ... }" },
  },
  "a module that is not there": { words: ["-l", "nosuch"], most: 2 },
  "require finds files beside the script": {
    words: ["main.lua"],
    files: {
      "main.lua": "print(require('lib.shout')('hi'), require('pack').x)",
      "lib/shout.lua": "return string.upper",
      "pack/init.lua": "return { x = 5 }",
    },
  },
  "a script from standard input has arguments": { words: ["-", "one", "two"], input: "print(..., arg[0], arg[2])" },
  "without a script, standard input is one": { words: [], input: "print('from stdin')\nerror('there')" },
  "after -- a - is a file": { words: ["--", "-"], most: 1 },
  "after -- an option is a file": { words: ["--", "-e"], most: 1 },
  "os.exit gives its code": { words: ["-e", "print('out') os.exit(7)"] },
  "os.exit(false) is 1": { words: ["-e", "os.exit(false)"] },
  "os.exit(true) is 0": { words: ["-e", "os.exit(true, true)"] },
  "os.exit of a large code is cut to a byte": { words: ["-e", "os.exit(259)"] },
  "os.exit of a negative code": { words: ["-e", "os.exit(-1)"] },
  "what a script returns does not count": { words: ["-e", "return 5, 'x'"] },
  "warnings are off": { words: ["-e", "warn('hidden')"] },
  "-W turns warnings on": { words: ["-W", "-e", "warn('seen', 1) warn('@off') warn('hidden')"] },
  "io.stderr is standard error": { words: ["-e", "print(io.stderr:write('a', 1, 2.5) == io.stderr)"] },
  "numbers, lines and rests are read from standard input": {
    words: ["-e", "print(io.read('n', 'l', 'L')) print(io.read('a'), io.read('l'), io.read(0))"],
    input: "12 rest\nline\nall\nof it",
  },
  "lines of standard input": {
    words: ["-e", "for line in io.lines() do io.write('[', line, ']') end"],
    input: "a\n\nb",
  },
  "bytes go in and out as they are": {
    words: ["-e", "io.write(io.read('a'):reverse(), '\\xff\\0')"],
    input: Buffer.from([0, 200, 255, 10, 13]),
  },
  "LUA_INIT is run first": { words: ["-e", "print(x)"], env: { LUA_INIT: "x = 'init'" } },
  "LUA_INIT can name a file": {
    words: ["-e", "print(x)"],
    env: { LUA_INIT: "@init.lua" },
    files: { "init.lua": "x = 'file'" },
  },
  "LUA_INIT_5_4 comes before LUA_INIT": {
    words: ["-e", "print(x)"],
    env: { LUA_INIT: "x = 1", LUA_INIT_5_4: "x = 2" },
  },
  "-E ignores LUA_INIT": { words: ["-E", "-e", "print(x)"], env: { LUA_INIT: "x = 1" } },
  "an error in LUA_INIT ends all": { words: ["-e", "print(1)"], env: { LUA_INIT: "error('init')" } },
  "an unknown option": { words: ["-x"], most: 1 },
  "an option with more letters": { words: ["-iv"], most: 1 },
  "an unknown long option": { words: ["--nosuch"], most: 1 },
  "-e without code": { words: ["-e"], most: 1 },
  "-l before another option": { words: ["-l", "-v"], most: 1 },
  "arg can be taken away": { words: ["-e", "arg = nil", "args.lua"], files: { "args.lua": "print(...)" } },
};
