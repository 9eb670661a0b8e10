// The command as a program: options that lua has not, pipes, stores, what is allowed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { MAIN, environment, folderWith, run, start } from "./ran.mjs";

const lines = text => text.trimEnd().split("\n");

test("--help tells of every option, and --store of what it needs", t => {
  const { stdout, status } = run(folderWith(t), ["--help"]);
  assert.equal(status, 0);
  for (const option of [
    "--store",
    "--no-store",
    "--memory",
    "--steps",
    "--timeout",
    "--allow-read",
    "--allow-write",
    "--allow-env",
  ])
    assert.ok(stdout.includes(`\n  ${option} `), option);
  assert.match(stdout, /needs Node 22\.5 or later, or the package better-sqlite3 or libsql/);
});

test("-v tells both versions", t => {
  const { version } = JSON.parse(readFileSync(new URL("../../js/package.json", import.meta.url), "utf8"));
  assert.ok(run(folderWith(t), ["-v"]).stdout.startsWith(`Lua 5.4 (lua-persistent ${version})  Copyright`));
});

for (const [option, value, code, message] of [
  ["--timeout", "100ms", "while true do end", "stopped after 100 ms (--timeout)"],
  ["--steps", "20k", "while true do end", "stopped after 20000 steps (--steps)"],
  ["--memory", "4M", "x = ('x'):rep(5000000)", "not enough memory (--memory is 4194304 bytes)"],
]) {
  test(`${option} is a limit, which ends the script with an error that names it`, t => {
    const { stderr, status } = run(folderWith(t), [
      `${option}=${value}`,
      "-e",
      `pcall(function() ${code} end) ${code}`,
    ]);
    assert.deepEqual([lines(stderr)[0], status], [`lua-persistent: ${message}`, 1]);
  });

  test(`${option} with what it cannot be says what can`, t => {
    const { stderr, status } = run(folderWith(t), [option, "many", "-e", "x = 1"]);
    assert.match(stderr, new RegExp(`^lua-persistent: '${option}' is 'many', and must be such as \\d+.*\nusage: `));
    assert.equal(status, 1);
  });
}

test("output of megabytes arrives whole, through a pipe", t => {
  const { stdout } = run(folderWith(t), ["-e", "for i = 1, 1e6 do print(i) end"]);
  assert.deepEqual([stdout.length, stdout.endsWith("\n999999\n1000000\n")], [6888896, true]);
});

test("output is there while the script runs", async t => {
  const child = start(folderWith(t), ["-e", "print('begun') while true do end"]);
  const [piece] = await once(child.stdout, "data");
  assert.equal(String(piece), "begun\n");
  child.kill("SIGKILL");
  await once(child, "close");
});

test("a script whose reader is gone ends quietly, as one that a signal ended", async t => {
  const child = start(folderWith(t), ["-e", "while true do print('y') end"]);
  let errors = "";
  child.stderr.on("data", text => (errors += text));
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code] = await once(child, "close");
  assert.deepEqual([errors, code], ["", 141]);
});

test("a signal ends a script at once", async t => {
  const child = start(folderWith(t), ["-e", "print('begun') while true do end"]);
  await once(child.stdout, "data");
  child.kill("SIGINT");
  const [, signal] = await once(child, "close");
  assert.equal(signal, "SIGINT");
});

test("what is printed is seen before what is told on standard error after it", t => {
  const folder = folderWith(t, { "x.lua": "io.write('one ') io.stderr:write('two ') io.write('three')" });
  const both = openSync(path.join(folder, "both"), "w");
  spawnSync(process.execPath, [MAIN, "x.lua"], {
    cwd: folder,
    env: environment(folder),
    stdio: ["ignore", both, both],
  });
  closeSync(both);
  assert.equal(readFileSync(path.join(folder, "both"), "utf8"), "one two three");
});

test("waiting functions of the host work in scripts, and a program ends with its script", t => {
  const code =
    "local a = host.spawn(function() host.sleep(0.01) return 5 end) host.spawn(function() host.sleep(60) end) print(host.join(a))";
  assert.deepEqual(run(folderWith(t), ["-e", code]), { stdout: "5\n", stderr: "", status: 0 });
});

test("a script has no store unless it is asked for, and then Memory is there again", t => {
  const folder = folderWith(t, { "n.lua": "Memory.n = (Memory.n or 0) + 1 print(Memory.n)" });
  const count = (...words) => run(folder, [...words, "n.lua"]).stdout;
  assert.deepEqual([count(), count(), existsSync(path.join(folder, "data"))], ["1\n", "1\n", false]);
  assert.deepEqual([count("--store", "kept"), count("--store=kept"), count("--no-store")], ["1\n", "2\n", "1\n"]);
  assert.ok(statSync(path.join(folder, "kept")).isDirectory());
});

test("a store whose name ends in .sqlite is a file of SQLite, and says nothing", t => {
  const folder = folderWith(t);
  const count = () => run(folder, ["--store", "kept.sqlite", "-e", "Memory.n = (Memory.n or 0) + 1 print(Memory.n)"]);
  assert.deepEqual(
    [count(), count()],
    [
      { stdout: "1\n", stderr: "", status: 0 },
      { stdout: "2\n", stderr: "", status: 0 },
    ],
  );
  assert.equal(readFileSync(path.join(folder, "kept.sqlite"), "latin1").slice(0, 13), "SQLite format");
});

test("changes up to an error are kept", t => {
  const folder = folderWith(t);
  run(folder, ["--store", "kept", "-e", "Memory.x = 1 error('no')"]);
  assert.equal(run(folder, ["--store", "kept", "-e", "print(Memory.x)"]).stdout, "1\n");
});

test("a script waits for a store that another process has, and says so", async t => {
  const folder = folderWith(t);
  const first = start(folder, ["--store", "kept", "-e", "Memory.x = 'first' print('has it') io.flush() io.read()"]);
  await once(first.stdout, "data");
  const second = start(folder, ["--store", "kept", "-e", "print(Memory.x)"]);
  const [told] = await once(second.stderr, "data");
  assert.match(String(told), /^lua-persistent: another process has the folder store 'kept'; waiting for it\n/);
  first.stdin.end();
  const [printed] = await once(second.stdout, "data");
  assert.equal(String(printed), "first\n");
  await once(second, "close");
});

test("a session has a store of its own, says where, and only reads while another writes", async t => {
  const folder = folderWith(t);
  const where = path.join(folder, "data/lua-persistent/memory");
  const session = input => run(folder, ["-i"], { input });
  assert.match(
    session("Memory.x = 5\n").stdout,
    new RegExp(`^Lua 5.4 .*\nMemory and all else is kept .*: ${where}\n> `),
  );
  assert.match(session("Memory.x\n").stdout, /\n> 5\n> \n$/);
  const writer = start(folder, ["-i"]);
  await once(writer.stdout, "data");
  await once(writer.stdout, "data");
  const { stdout, stderr } = session("Memory.x\nMemory.x = 6\n");
  assert.match(stdout, /\nNothing is kept, because another process writes to it.*\n> 5\n/);
  assert.match(stderr, /another/);
  writer.stdin.end();
  await once(writer, "close");
});

test("a session goes on where the last one ended: globals, functions, coroutines; until it forgets them", t => {
  const folder = folderWith(t);
  const session = (input, ...words) => lines(run(folder, ["-i", ...words], { input }).stdout).slice(2);
  session("next_id = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end)\nMemory.x = next_id()\n");
  assert.deepEqual(session("next_id()\nnext_id()\n"), ["> 2", "> 3", ">"]);
  assert.deepEqual(session("next_id, Memory.x\n", "--forget"), ["> nil\t1", ">"]);
});

test("what a session has done to the libraries does not lock it", t => {
  const folder = folderWith(t);
  const broken = "load, table, string, type, next, os, io, debug, select = 1 x = { 'kept' }\n";
  assert.equal(run(folder, ["-i"], { input: broken }).stderr, "");
  assert.match(run(folder, ["-i"], { input: "x[1], type\n" }).stdout, /> kept\tnil\n/);
  run(folder, ["-i"], { input: "package = nil\n" });
  const { stderr, status } = run(folder, ["-i"], { input: "1\n" });
  assert.match(stderr, /^lua-persistent: Lua cannot be begun: .*--forget begins anew\n$/);
  assert.equal(status, 1);
  assert.match(run(folder, ["-i", "--forget"], { input: "load\n" }).stdout, /> function: /);
});

test("scripts keep everything where they are asked to, and standard error is one", t => {
  const folder = folderWith(t);
  const count = () =>
    run(folder, ["--store", "kept", "--persist", "everything", "-e", "n = (n or 0) + 1 io.stderr:write(n)"]);
  assert.deepEqual(
    [1, 2, 3].map(count),
    ["1", "2", "3"].map(stderr => ({ stdout: "", stderr, status: 0 })),
  );
});

test("--persist takes two words, and needs a store", t => {
  const { stderr } = run(folderWith(t), ["--persist", "all", "-e", "x = 1"]);
  assert.match(stderr, /^lua-persistent: '--persist' is 'all', and must be tables or everything\nusage/);
  const without = run(folderWith(t), ["--persist", "everything", "-e", "x = 1"]);
  assert.deepEqual([without.stderr, without.status], ["lua-persistent: --persist and --forget need --store\n", 1]);
});

test("io.read in a session takes the next line, and the session goes on after it", t => {
  const input = "x = io.read()\nthe line\nprint(x, 'is read')\n";
  const { stdout, stderr } = run(folderWith(t), ["--no-store", "-i"], { input });
  assert.deepEqual([lines(stdout).slice(1), stderr], [["> > the line\tis read", ">"], ""]);
});

test("-i runs the script first; its globals are the session's, and its error ends all", t => {
  const folder = folderWith(t, { "good.lua": "x = ...", "bad.lua": "error('no')" });
  const good = run(folder, ["--no-store", "-i", "good.lua", "7"], { input: "x\n" });
  assert.match(good.stdout, /\n> 7\n> \n$/);
  const bad = run(folder, ["--no-store", "-i", "bad.lua"], { input: "x\n" });
  assert.deepEqual([lines(bad.stdout).length, bad.status], [1, 1]);
  assert.match(bad.stderr, /^lua-persistent: bad\.lua:1: no\n/);
});

test("os.exit in a session is the exit code, and its changes are kept", t => {
  const folder = folderWith(t);
  assert.equal(run(folder, ["-i"], { input: "Memory.x = 5\nos.exit(4)\n" }).status, 4);
  assert.match(run(folder, ["-i"], { input: "Memory.x\n" }).stdout, /\n> 5\n/);
});

test("variables of the environment are seen only when they are allowed", t => {
  const code = "print(host.env('ONE'), os.getenv('ONE'), os.getenv('TWO'), pcall(host.env, 'TWO'))";
  const { stdout } = run(folderWith(t), ["--allow-env", "ONE,NONE", "-e", code], { env: { ONE: "1", TWO: "2" } });
  assert.equal(stdout, "1\t1\tnil\tfalse\thost.env: 'TWO' needs the option --allow-env TWO of the command\n");
});

test("an error of the host has the traceback of where it was raised", t => {
  const { stderr } = run(folderWith(t), ["-e", "\nhost.fs.read('x')"]);
  const [first, , , place] = lines(stderr);
  assert.equal(first, "lua-persistent: host.fs.read: it needs the option --allow-read of the command");
  assert.match(place, /\(command line\):2: in main chunk/);
});

test("files are read and written below the folders that are allowed, in bytes", t => {
  const folder = folderWith(t, { "in/a.txt": "text", "in/sub/b.txt": "", "out/old": "x" });
  const code = `
    print(host.fs.read("in/a.txt"), table.concat(host.fs.list("in"), " "))
    host.fs.write("out/bytes", "\\xff\\0\\n")
    host.fs.remove("out/old")
    print(pcall(host.fs.write, "in/new", "x"))
    print(pcall(host.fs.read, "out/bytes"))`;
  const { stdout, stderr } = run(folder, ["--allow-read", "in", "--allow-write", "out", "-e", code]);
  assert.equal(stderr, "");
  const [first, second, third] = lines(stdout);
  assert.equal(first, "text\ta.txt sub/");
  assert.match(second, /^false\thost\.fs\.write: 'in\/new' is outside of the folders of --allow-write \(.*out\)$/);
  assert.match(third, /^false\thost\.fs\.read: 'out\/bytes' is outside of the folders of --allow-read \(.*in\)$/);
  assert.deepEqual([...readFileSync(path.join(folder, "out/bytes"))], [255, 0, 10]);
  assert.deepEqual(readdirSync(path.join(folder, "out")), ["bytes"]);
});

test("no link, and no path, leads out of the folders", t => {
  const folder = folderWith(t, { "in/a": "a", "secret/key": "key" });
  symlinkSync(path.join(folder, "secret"), path.join(folder, "in/door"));
  symlinkSync(path.join(folder, "secret/key"), path.join(folder, "in/key"));
  symlinkSync(path.join(folder, "secret/new"), path.join(folder, "in/dangling"));
  symlinkSync("a", path.join(folder, "in/inner"));
  mkdirSync(path.join(folder, "inside"));
  writeFileSync(path.join(folder, "inside/x"), "x");
  const paths = [
    "in/../secret/key",
    "in/door/key",
    "in/key",
    path.join(folder, "secret/key"),
    "inside/x",
    "in/door/../in/a",
    "nosuch/../secret/key",
  ];
  const code = `
    for i = 1, #arg do
      print((pcall(host.fs.read, arg[i])), (pcall(host.fs.write, arg[i], "gone")), (pcall(host.fs.list, arg[i])))
    end
    print(pcall(host.fs.write, "in/dangling", "x"))
    print((pcall(host.fs.remove, "in/door/key")), (pcall(host.fs.remove, "in")), (pcall(host.fs.list, "in/door")))
    print(host.fs.read("in/inner"), (pcall(host.fs.write, "in/inner", "b")))
    host.fs.remove("in/key")`;
  const words = ["--allow-read", "in", "--allow-write", "in", "-", ...paths];
  const { stdout, stderr } = run(folder, words, { input: code });
  assert.equal(stderr, "");
  const [second, third, fourth] = lines(stdout).slice(paths.length);
  assert.deepEqual(new Set(lines(stdout).slice(0, paths.length)), new Set(["false\tfalse\tfalse"]));
  assert.equal(second, "false\thost.fs.write: 'in/dangling' is a link to nothing");
  assert.deepEqual([third, fourth], ["false\tfalse\tfalse", "a\ttrue"]);
  assert.equal(readFileSync(path.join(folder, "secret/key"), "utf8"), "key");
  assert.ok(!existsSync(path.join(folder, "secret/new")));
  assert.deepEqual(readdirSync(path.join(folder, "in")).sort(), ["a", "dangling", "door", "inner"]);
});

test("a folder that is allowed must be there", t => {
  const { stderr, status } = run(folderWith(t), ["--allow-read", "nosuch", "-e", "x = 1"]);
  assert.deepEqual([stderr, status], ["lua-persistent: --allow-read: there is no folder 'nosuch'\n", 1]);
});

/** What a page or a script names of its own. */
const NAMED = /(?:src|href)="(?:\.\/)?([\w./-]+)"|(?:from|import\() ?"\.\/([\w.-]+)"/g;

test("serve serves the page with all that it loads, and nothing outside of the package", async t => {
  const child = start(folderWith(t), ["serve", "--port", "0"]);
  t.after(() => child.kill("SIGKILL"));
  const [said] = await once(child.stdout, "data");
  const origin = String(said).trim();
  const seen = new Set();
  const visit = async name => {
    if (seen.has(name)) return;
    seen.add(name);
    const response = await fetch(`${origin}/${name}`);
    assert.equal(response.status, 200, name);
    const text = /\.(html|m?js|css)$|^$/.test(name) ? await response.text() : "";
    for (const [, path, module] of text.matchAll(NAMED)) await visit(path ?? module);
  };
  for (const name of ["", "lua-persistent.js", "lua-open.mjs", "lua-worker.mjs", "lua.wasm", "lua-exnref.wasm"])
    await visit(name);
  assert.ok(seen.has("page.mjs"), [...seen].join());
  assert.equal((await fetch(`${origin}/..%2fREADME.md`)).status, 404);
});

test("serve tells what it takes, and of a port that is taken", async t => {
  const folder = folderWith(t);
  assert.match(run(folder, ["serve", "--prt", "1"]).stderr, /^lua-persistent: 'serve' takes --port N alone/);
  const child = start(folder, ["serve", "--port", "0"]);
  t.after(() => child.kill("SIGKILL"));
  const [said] = await once(child.stdout, "data");
  const { port } = new URL(String(said).trim());
  const { stderr, status } = run(folder, ["serve", "--port", port]);
  assert.deepEqual(
    [stderr, status],
    [`lua-persistent: port ${port} is taken: choose another with lua-persistent serve --port N\n`, 1],
  );
});
