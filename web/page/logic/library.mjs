// What the functions of the libraries take and do, for completion and hints. Each line: the signature, `|`, a sentence.

const LINES = `
assert(v [, message])|Raises an error if v is false or nil; otherwise returns all its arguments.
collectgarbage([opt [, arg]])|Runs or tunes the garbage collector; "count" gives the KiB in use.
error(message [, level])|Raises an error with this value. Level 1 adds the position, 2 that of the caller, 0 none.
getmetatable(object)|The metatable of a value, or its field __metatable.
ipairs(t)|For loops over t[1], t[2] and so on, up to the first nil.
load(chunk [, chunkname [, mode [, env]]])|Compiles text; returns a function, or nil and a message.
next(table [, index])|The key after this one, and its value; nil at the end.
pairs(t)|For loops over all keys and values of a table.
pcall(f [, arg1, ...])|Calls f so that its errors come back as false and the error.
print(...)|Writes the arguments as text, with tabs between them, and ends the line.
rawequal(v1, v2)|Whether two values are the same, without metamethods.
rawget(table, index)|The value of a field, without metamethods.
rawlen(v)|The length of a table or string, without metamethods.
rawset(table, index, value)|Sets a field, without metamethods.
require(modname)|Loads a module, once, and returns what it gave.
select(n, ...)|The arguments from number n on; "#" gives how many there are.
setmetatable(table, metatable)|Gives a table a metatable, and returns the table.
tonumber(e [, base])|The number that a text is, or nil.
tostring(v)|A value as text.
type(v)|The name of a value's type.
warn(msg1, ...)|Writes a warning if they are on.
xpcall(f, msgh [, arg1, ...])|As pcall, with a handler that is called where the error is raised.
coroutine.close(co)|Ends a coroutine and closes its variables.
coroutine.create(f)|A coroutine with this body.
coroutine.isyieldable([co])|Whether it can yield.
coroutine.resume(co [, val1, ...])|Goes on with a coroutine; true and what it yields, or false and an error.
coroutine.running()|The running coroutine, and whether it is the main one.
coroutine.status(co)|"running", "suspended", "normal" or "dead".
coroutine.wrap(f)|A function that goes on with a new coroutine at each call.
coroutine.yield(...)|Suspends the coroutine; the arguments are what resume gives.
string.byte(s [, i [, j]])|The codes of characters i to j.
string.char(...)|The text of these codes.
string.dump(function [, strip])|A function as bytes, which cannot be loaded here.
string.find(s, pattern [, init [, plain]])|Where the pattern is first found: start, end and captures.
string.format(formatstring, ...)|Text with values put in: %d, %5.2f, %s, %q, %x.
string.gmatch(s, pattern [, init])|For loops over all matches of a pattern.
string.gsub(s, pattern, repl [, n])|Text with matches replaced, and how many there were.
string.len(s)|How many bytes a string has.
string.lower(s)|The text in small letters.
string.match(s, pattern [, init])|The captures of the first match, or the match.
string.pack(fmt, v1, v2, ...)|Values as bytes.
string.packsize(fmt)|How many bytes pack gives.
string.rep(s, n [, sep])|The text n times, with sep between.
string.reverse(s)|The bytes backwards.
string.sub(s, i [, j])|Characters i to j; negative ones count from the end.
string.unpack(fmt, s [, pos])|The values that bytes stand for, and where they end.
string.upper(s)|The text in capitals.
utf8.char(...)|The text of these code points.
utf8.charpattern|A pattern that matches one UTF-8 sequence.
utf8.codepoint(s [, i [, j [, lax]]])|The code points of characters i to j.
utf8.codes(s [, lax])|For loops over positions and code points.
utf8.len(s [, i [, j [, lax]]])|How many characters there are, or nil and where it is wrong.
utf8.offset(s, n [, i])|Where character n begins.
table.concat(list [, sep [, i [, j]]])|The elements as one text.
table.insert(list, [pos,] value)|Puts a value in, at the end or at a position.
table.move(a1, f, e, t [, a2])|Copies elements f to e to position t.
table.pack(...)|A table of the arguments, with their number as n.
table.remove(list [, pos])|Takes an element out, the last one by default, and returns it.
table.sort(list [, comp])|Sorts in place; comp(a, b) says whether a comes before b.
table.unpack(list [, i [, j]])|The elements as values.
math.abs(x)|The absolute value.
math.acos(x)|The arc cosine, in radians.
math.asin(x)|The arc sine, in radians.
math.atan(y [, x])|The arc tangent of y/x, in radians.
math.ceil(x)|The smallest integer that is not below x.
math.cos(x)|The cosine of radians.
math.deg(x)|Radians as degrees.
math.exp(x)|e to the power of x.
math.floor(x)|The largest integer that is not above x.
math.fmod(x, y)|The rest of a division that rounds towards zero.
math.huge|Infinity.
math.log(x [, base])|The logarithm, natural by default.
math.max(x, ...)|The largest argument.
math.maxinteger|The largest integer.
math.min(x, ...)|The smallest argument.
math.mininteger|The smallest integer.
math.modf(x)|The integral part and the fraction.
math.pi|The number pi.
math.rad(x)|Degrees as radians.
math.random([m [, n]])|A random float from 0 to 1, or an integer from 1 to m, or m to n.
math.randomseed([x [, y]])|Begins a new sequence of random numbers.
math.sin(x)|The sine of radians.
math.sqrt(x)|The square root.
math.tan(x)|The tangent of radians.
math.tointeger(x)|The integer that x is, or nil.
math.type(x)|"integer", "float" or nil.
math.ult(m, n)|Whether m is below n, both without signs.
os.clock()|Seconds that Lua has run.
os.date([format [, time]])|A time as text, or as a table for "*t".
os.difftime(t2, t1)|Seconds between two times.
os.exit([code])|Ends the run.
os.time([table])|The time now, or that of a table, in seconds since 1970.
io.write(...)|Writes text without ending the line.
debug.traceback([thread,] [message [, level]])|The calls that led here, as text.
debug.getinfo([thread,] f [, what])|What is known about a function.
Memory|The table that is kept: what is in it is there again when the page is opened again.
ext.table([name])|The kept table of this name, which is made at the first use; without a name a new one.
ext.names()|The names of kept tables.
ext.size(t)|How many keys a kept table has.
ext.copy(t)|A kept table as a plain one, with all that is in it.
ext.clear(t)|Empties a kept table.
ext.id(t)|The number of a kept table.
ext.drop(name)|Takes the name from a kept table.
host.sleep(seconds)|Waits. Meanwhile other tasks run.
host.spawn(f, ...)|Runs a function beside this one; gives a task for join.
host.join(task)|Waits for a task; gives its results.
host.all(f, g, ...)|Runs functions beside each other, and waits for all.
host.json.encode(value [, indent])|A value as JSON.
host.json.decode(text)|The value that JSON stands for.
page.plot(data)|Draws numbers: {1, 4, 9}, {y = ..., x = ..., kind = "bars"}, or {grid = rows}.
page.table(rows)|Shows rows as a table: lists, or tables with the same keys.
page.image(bytes [, description])|Shows a PNG, JPEG, GIF or WebP picture.
page.ask(question)|Asks whoever is at the page, and waits for the answer.`;

const LIBRARY = new Map(
  LINES.trim()
    .split("\n")
    .map(line => line.split("|"))
    .map(([signature, does]) => [/^[\w.]+/.exec(signature)[0], { signature, does }]),
);

/** @param {string} name `string.rep` @returns {{signature: string, does: string} | undefined} */
export const describe = name => LIBRARY.get(name);

/**
 * For when Lua is busy and cannot be asked.
 * @param {string[]} path of names, from a global
 * @returns {{name: string, kind: string, text: string}[]} what the libraries have there
 */
export function libraryFields(path) {
  const start = path.map(name => `${name}.`).join("");
  const found = new Map();
  for (const [name, { signature }] of LIBRARY) {
    if (!name.startsWith(start)) continue;
    const [field, below] = name.slice(start.length).split(".");
    const isFunction = below === undefined && signature.includes("(");
    if (!found.has(field)) found.set(field, { name: field, kind: isFunction ? "function" : "table", text: "" });
  }
  return [...found.values()];
}
