// What the command says of itself.
import { readFileSync } from "node:fs";

export const PROGRAM = "lua-persistent";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

export const VERSION = `Lua 5.4 (lua-persistent ${version})  Copyright (C) 1994-2025 Lua.org, PUC-Rio\n`;

/** After an error in the command line: as `lua` has it. */
export const USAGE = `usage: ${PROGRAM} [options] [script [args]]
       ${PROGRAM} serve [--port N]
Available options are:
  -e stat   execute string 'stat'
  -i        enter interactive mode after executing 'script'
  -l mod    require library 'mod' into global 'mod'
  -l g=mod  require library 'mod' into global 'g'
  -v        show version information
  -E        ignore environment variables
  -W        turn warnings on
  --        stop handling options
  -         stop handling options and execute stdin
  --store PATH        keep Memory there
  --no-store          keep nothing
  --persist WHAT      keep tables (that is Memory), or everything
  --forget            keep Memory, and begin anew with all else
  --memory SIZE       what Lua may hold, as 64M
  --steps N           VM instructions of a script or of a line, as 100M
  --timeout TIME      of a script or of a line, as 500ms, 10s or 2m
  --allow-read DIR    let host.fs read below this folder
  --allow-write DIR   let host.fs write below this folder
  --allow-env NAMES   let host.env and os.getenv see these variables
  --help              more of this
`;

export const HELP = `Runs Lua as the command 'lua' does, in WebAssembly, with a table Memory that outlives the program.

${USAGE}
Without a script, and with a terminal, it reads Lua from there: Tab completes names, Ctrl-C stops what runs, Ctrl-D ends it.

Stores: a script has none unless --store names one. A session with a terminal (or -i) has one in
$XDG_DATA_HOME/${PROGRAM} or ~/.local/share/${PROGRAM}, unless --store or --no-store is given.
  --store a/folder        files in a folder, in every Node
  --store a/file.sqlite   one file of SQLite (also .sqlite3, .db): needs Node 22.5 or later, or the package better-sqlite3 or libsql
With --persist everything, globals, functions and waiting tasks are there again, too; so they are in the store of a session, unless
--persist tables is given. One process at a time writes to a store.

Modules: 'require' finds a/b.lua or a/b/init.lua beside the script; without a script, in the present folder.

Scripts reach no files, no variables of the environment and no network, unless the options above allow it:
  host.fs.read(path), host.fs.write(path, text), host.fs.list(folder), host.fs.remove(path)
  host.env(name)
--allow-read, --allow-write and --allow-env may be given several times.

'${PROGRAM} serve' serves a page with Lua on http://localhost:8000, for trying it in a browser.
`;
