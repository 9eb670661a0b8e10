// install.sh, with an apt-get that only notes what it is asked: what is said where nothing can be installed, and why
// something was not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const INSTALL = fileURLToPath(new URL("../install.sh", import.meta.url));
const TOOLS = ["sh", "mktemp", "rm", "grep", "sort", "awk", "date", "cat"];
const UNRESOLVED = "E: Failed to fetch http://deb.example/x.deb  Temporary failure resolving 'deb.example'";

/** Runs install.sh where `apt` (lines of sh, the arguments in "$@") is apt-get, as the user `uid`. */
function install(t, { apt, uid = 0, choices = ["clang-22 lld-22"] }) {
  const bin = mkdtempSync(join(tmpdir(), "install-"));
  t.after(() => rmSync(bin, { recursive: true }));
  const program = (name, text) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const tool of TOOLS) symlinkSync(`/${existsSync(`/usr/bin/${tool}`) ? "usr/" : ""}bin/${tool}`, join(bin, tool));
  program("id", `echo ${uid}`);
  if (apt) program("apt-get", `echo "$*" >> ${bin}/asked\nfetched() { [ -f ${bin}/lists ]; }\n${apt}`);
  const { status, stdout, stderr } = spawnSync("/bin/sh", [INSTALL, "a good clang", ...choices], {
    env: { PATH: bin },
    encoding: "utf8",
  });
  const asked = existsSync(join(bin, "asked")) ? readFileSync(join(bin, "asked"), "utf8").trim().split("\n") : [];
  const did = what => asked.filter(line => line.includes(what) && !/ -s |--print-uris/.test(line)).length;
  return { status, stdout, stderr, updates: did("update"), installs: did("install clang") };
}

test("for users other than root the whole command is printed", t => {
  const { status, stderr, installs } = install(t, { apt: ":", uid: 1000 });
  assert.equal(
    stderr,
    "install.sh: a good clang is missing. Run: sudo apt-get update && sudo apt-get install --no-install-recommends clang-22 lld-22\n",
  );
  assert.deepEqual([status, installs], [1, 0]);
});

test("where there is no apt, what to install is said", t => {
  const { status, stderr } = install(t, {});
  assert.equal(
    stderr,
    "install.sh: a good clang is missing. Install it (Debian calls it clang-22 lld-22) and run the same command again\n",
  );
  assert.equal(status, 1);
});

test("packages that apt knows are installed without fetching its lists, and how much that is is said", t => {
  const uris = `case "$*" in *--print-uris*) echo "'http://a/b.deb' b.deb 54800000 SHA256:0";; esac`;
  const { status, stdout, updates, installs } = install(t, { apt: uris });
  assert.deepEqual([status, updates, installs], [0, 0, 1]);
  assert.match(stdout, /^install\.sh: installing clang-22 lld-22: 55 MB to fetch/m);
});

test("lists that do not have the packages are fetched once", t => {
  const late = `case "$*" in *update*) : > "\${0%/*}/lists";; *) fetched;; esac`;
  assert.deepEqual(install(t, { apt: late }).updates, 1);
  assert.equal(install(t, { apt: late }).status, 0);
});

test("of several choices the first that apt knows is installed", t => {
  const { status, stdout } = install(t, {
    apt: `case "$*" in *clang-22*) exit 100;; esac`,
    choices: ["clang-22", "clang-19"],
  });
  assert.equal(status, 0);
  assert.match(stdout, /installing clang-19:/);
});

test("a missing network is one sentence", t => {
  const offline = `case "$*" in *" -s "*|*--print*) ;; *) echo "${UNRESOLVED}" >&2; exit 100;; esac`;
  const { status, stderr, updates } = install(t, { apt: offline });
  assert.equal(
    stderr,
    "install.sh: a good clang is missing, and Debian's servers cannot be reached to install it: is there a network?\n",
  );
  assert.deepEqual([status, updates], [1, 1]);
});

test("any other error of apt is shown", t => {
  const broken = `case "$*" in *" -s "*|*--print*) ;; *) echo "E: You don't have enough free space" >&2; exit 100;; esac`;
  const { status, stderr } = install(t, { apt: broken });
  assert.match(
    stderr,
    /^E: You don't have enough free space\ninstall\.sh: a good clang is missing, and apt-get cannot install clang-22 lld-22, for the reason above\n$/,
  );
  assert.equal(status, 1);
});
