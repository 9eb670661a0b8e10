// A session at a real terminal, which python3 has: prompts, editing, completion, history, Ctrl-C, Ctrl-D.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { MAIN, environment, folderWith } from "./ran.mjs";

const IN_TERMINAL = fileURLToPath(new URL("in-terminal.py", import.meta.url));
const HAS_PYTHON = spawnSync("python3", ["-c", "import os, pty; os.waitstatus_to_exitcode"]).status === 0;
const needsPython = { skip: !HAS_PYTHON && "python3 is not installed" };

const [ENTER, TAB, UP, CTRL_C, CTRL_D] = ["\r", "\t", "\x1b[A", "\x03", "\x04"];

/** @param steps what is to be seen, and what is typed then @returns what was seen, without what moves the cursor, and the code */
function type(folder, steps, { words = ["--no-store"], env = {} } = {}) {
  const { stdout, stderr } = spawnSync("python3", [IN_TERMINAL], {
    cwd: folder,
    env: environment(folder, env),
    input: JSON.stringify({ command: [process.execPath, MAIN, ...words], steps }),
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  const { seen, code } = JSON.parse(stdout);
  return { seen: seen.replace(/\x1b\[\d*[GJK]/g, "").replaceAll("\r", ""), code };
}

test("a session at a terminal: colours, an endless loop and Ctrl-C, input of scripts, Ctrl-D", needsPython, t => {
  const folder = folderWith(t);
  const { seen, code } = type(folder, [
    ["> ", `x = 'kept'${ENTER}`],
    ["> ", `while true do end${ENTER}`],
    ["end", CTRL_C],
    ["interrupted!", ""],
    ["> ", `x${ENTER}`],
    ['\x1b[32m"kept"\x1b[0m', `print('[' .. io.read() .. ']', io.read())${ENTER}`],
    ["read())", `a line${ENTER}`],
    ["a line", CTRL_D],
    ["[a line]\tnil", "string.rev"],
    ["string.rev", TAB],
    ["erse", CTRL_C],
    ["> ", CTRL_D],
  ]);
  assert.equal(code, 0);
  assert.match(seen, /^Lua 5\.4 .*\n> x = 'kept'\n/);
});

test("lines of earlier sessions come back, in a file that only the user can read", needsPython, t => {
  const folder = folderWith(t);
  const steps = [
    ["> ", `y = 6 * 7${ENTER}`],
    ["> ", `z = io.read()${ENTER}`],
    ["read()", `secret${ENTER}`],
    ["> ", CTRL_D],
  ];
  type(folder, steps);
  const file = path.join(folder, "data/lua-persistent/history");
  assert.equal(readFileSync(file, "utf8"), "y = 6 * 7\nz = io.read()\n");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { seen } = type(folder, [
    ["> ", UP],
    ["z = io.read()", UP],
    ["y = 6 * 7", `${ENTER}y${ENTER}`],
    ["42", CTRL_D],
  ]);
  assert.ok(!seen.includes("secret"));
});

test("NO_COLOR and dumb terminals have no colours", needsPython, t => {
  const steps = [
    ["> ", `{ 1, 'x' }${ENTER}`],
    ['{ 1, "x" }', CTRL_D],
  ];
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) assert.equal(type(folderWith(t), steps, { env }).code, 0);
});

test("Ctrl-C stops a script before a session, with an error", needsPython, t => {
  const folder = folderWith(t, { "loop.lua": "print('begun') while true do end" });
  const { seen, code } = type(folder, [["begun", CTRL_C]], { words: ["--no-store", "-i", "loop.lua"] });
  assert.deepEqual([code, /lua-persistent: interrupted!\n$/.test(seen)], [1, true]);
});
