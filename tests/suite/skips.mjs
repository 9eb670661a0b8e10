// What of the official Lua 5.4 test suite does not run here, and why. Nothing else is left out: the
// suite's own switches for shorter and more portable runs (`_soft`, `_port`) are off for every file.
// A skip that no longer matches the suite, or that the module no longer needs, fails the tests.

/** Files that do not run at all, with the reason. */
export const LEFT_OUT = {
  "all.lua": "the driver of the others: what it sets, runs and asserts is in suite.mjs",
  "main.lua": "tests the command line program lua, which it starts as a process",
  "api.lua": "tests the C API through the C test library (T); does nothing without it",
  "code.lua": "tests the generated code through the C test library (T); does nothing without it",
  "tracegc.lua": "a module, which every file here runs with",
  "bwcoercion.lua": "a module, which bitwise.lua loads",
};

const BINARY = "loads what string.dump wrote: binary chunks are refused, as they can crash Lua";
const STRIPPED = `makes code without debug information, which ${BINARY}`;
const REGISTRY = "debug.getregistry is absent: the registry holds what keeps external tables unforgeable";
const TEMPORARY =
  "debug reaches no temporaries of C functions and the virtual machine, whose code trusts what it finds there";
const SEARCH = "require looks in package.preload only: there are no files to search package.path for";

/**
 * Parts of files that do not run: from the text `from` (which occurs once) to the end of the next
 * `to`, or `from` alone. `by` takes the place of the part, where the rest of the file depends on it.
 */
export const SKIPS = [
  { file: "attrib.lua", from: "  package.path = {}\n", to: 'string.find(err, "package.path"))\n', reason: SEARCH },
  {
    file: "attrib.lua",
    from: `  local expected = [[module 'XXX' not found:`,
    to: "  assert(msg == expected)\n",
    reason: SEARCH,
  },
  {
    file: "attrib.lua",
    from: "local dirsep = string.match(package.config",
    to: "  assert(string.find(err, t, 1, true))\nend\n",
    reason: "writes modules to files and requires them",
  },
  {
    file: "attrib.lua",
    from: 'local p = ""   -- On Mac OS X',
    to: "  _ENV.x, _ENV.y = nil\nend\n",
    reason: "loads the C test libraries lib1, lib11 and lib2",
  },
  {
    file: "calls.lua",
    from: 'f = load(string.dump(function () return 1 end), nil, "b", {})\n',
    to: "f() == 1)\n",
    reason: BINARY,
  },
  {
    file: "calls.lua",
    from: "  f = load(read1(f))\n",
    to: `'01234567890123456789012345678901234567890123456789')\n`,
    reason: BINARY,
  },
  { file: "calls.lua", from: 'a = assert(load(read1(x), nil, "b"))\n', to: "_G.x == 1)\n", reason: BINARY },
  { file: "calls.lua", from: 'x = load(d, "", "b")\n', to: "assert(x() == 123)\n", reason: BINARY },
  { file: "calls.lua", from: 'a = assert(load(read1(x), "read", "b"))\n', to: "(10) == 15)\n", reason: BINARY },
  { file: "calls.lua", from: "x = load(string.dump(function (x)\n", to: "assert(x() == 24)\n", reason: BINARY },
  { file: "calls.lua", from: "  f = load(string.dump(f))", reason: BINARY },
  { file: "calls.lua", from: "  assert(assert(load(c))() == 10)\n", reason: BINARY },
  {
    file: "calls.lua",
    from: '    assert(not st and string.find(msg, "truncated"))\n',
    by: "    assert(not st)",
    reason: "binary chunks are refused before anything in them is read",
  },
  {
    file: "db.lua",
    from: '  local func = load(string.dump(load("print(10)"), true))\n',
    to: "  assert(#actl == 0)",
    reason: STRIPPED,
  },
  { file: "db.lua", from: "assert(getmetatable(debug.getregistry()._HOOKKEY)", to: "\n", reason: REGISTRY },
  {
    file: "db.lua",
    from: "local n, v = debug.getlocal(0, 1)\n",
    to: 'assert(v == 2 and n == "(C temporary)")\n',
    reason: TEMPORARY,
  },
  { file: "db.lua", from: "assert(g(0,0) == 30)", reason: TEMPORARY },
  {
    file: "db.lua",
    from: "  on = true; math.sin(3); on = false\n",
    to: "eqseq(out, {20, 30, 40})\n",
    reason: TEMPORARY,
  },
  {
    file: "db.lua",
    from: 'assert(debug.getupvalue(string.gmatch("x", "x"), 1) == "")',
    reason: "debug reaches no upvalues of C functions, whose code trusts what it finds there",
  },
  { file: "db.lua", from: 'assert(type(debug.getregistry()) == "table")\n', reason: REGISTRY },
  {
    file: "db.lua",
    from: "local f = assert(load(string.dump(load(prog), true)))\n",
    to: "assert(f() == 13)\n",
    reason: STRIPPED,
  },
  { file: "db.lua", from: "  local s = load(string.dump(foo, true))\n", to: "  assert(line == nil)", reason: STRIPPED },
  {
    file: "db.lua",
    from: "  local f = assert(load(c))\n  local g = f()\n  local h = g(3)\n",
    to: "debug.getinfo(h).source == name)\n",
    reason: BINARY,
  },
  {
    file: "db.lua",
    from: "  local f = assert(load(c))\n  local g = f()\n  local h = g(30)\n",
    to: `debug.getinfo(h).source == '=?')\n`,
    reason: STRIPPED,
  },
  {
    file: "errors.lua",
    from: "  f = assert(load(string.dump(f, true)))\n  assert(f(3) == 4)\n",
    to: 'checkerr("^%?:%-1:.*table value", f)\n',
    reason: STRIPPED,
  },
  {
    file: "files.lua",
    from: 'assert(type(os.getenv"PATH") == "string")\n',
    reason: "there is no environment: os.getenv gives nil",
  },
  {
    file: "files.lua",
    from: 'local file = os.tmpname()\nlocal f, msg = io.open(file, "w")\n',
    by: 'local f, msg = io.open("a file", "w")',
    reason: "there are no files: as io.open gives nil, the suite itself skips its tests of files and processes",
  },
  {
    file: "verybig.lua",
    from: "local file = os.tmpname()\nio.output(file)\n",
    by: "local write, file = io.write, {}; io.write = function (...) for _, s in ipairs{...} do file[#file + 1] = s end end",
    reason: "writes a program to a file: it is kept in a table instead",
  },
  {
    file: "verybig.lua",
    from: "io.close()\nlocal result = dofile(file)\nassert(os.remove(file))\n",
    by: "io.write = write; local result = assert(load(table.concat(file)))()",
    reason: "runs the program in the file: it is loaded from the table instead",
  },
];
