// The official test suite of Lua 5.4, from the PyPI source package lupa, in which it is bundled.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

// lupa 2.8, the newest, bundles Lua 5.4.8 with its suite.
const PACKAGE = "lupa==2.8";
const ARCHIVE = "lupa-2.8.tar.gz";
const SHA256 = "d8022641b9ec8ecf2c5ecbe9f47e5a70e0b87c4b5ae921b92cb02a638e0acd08";
const PLACE = "lupa-2.8";
const TESTES = `${PLACE}/third-party/lua54/testes`;

const CACHE = fileURLToPath(new URL("../../target/suite/", import.meta.url));

/** The folder with the suite's files; the package is downloaded at first use. Test files that run side by side may all be first: what is
 *  made is put into its place whole. */
export function suiteFolder() {
  const folder = `${CACHE}${TESTES}/`;
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const made = mkdtempSync(`${CACHE}made-`);
  try {
    download(made);
    const archive = `${made}/${ARCHIVE}`;
    if (!isPackage(archive)) throw new Error(`${archive} is not the file that ${PACKAGE} had when it was pinned`);
    must("tar", ["-xzf", archive, "-C", made, TESTES], `cannot unpack ${archive}`);
    place(`${made}/${PLACE}`, CACHE + PLACE);
  } finally {
    rmSync(made, { recursive: true });
  }
  return folder;
}

function place(made, to) {
  try {
    renameSync(made, to);
  } catch (error) {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
}

function isPackage(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex") === SHA256;
}

// pip compares the hash before it asks the package for its metadata, which runs the package's
// setup.py; LUPA_NO_BUNDLE keeps that from compiling every Lua it carries.
function download(folder) {
  needPip();
  const requirements = `${folder}/requirements.txt`;
  writeFileSync(requirements, `${PACKAGE} --hash=sha256:${SHA256}\n`);
  const args = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "lupa", "--require-hashes"];
  must("python3", [...args, "--requirement", requirements, "--dest", folder], `cannot download ${PACKAGE} from PyPI`, {
    env: { ...process.env, LUPA_NO_BUNDLE: "true" },
  });
}

function needPip() {
  if (hasPip()) return;
  const install = fileURLToPath(new URL("../../install.sh", import.meta.url));
  must("sh", [install, "pip, by which the Lua test suite is downloaded,", "python3 python3-pip"], "pip is missing");
}

const hasPip = () => spawnSync("python3", ["-m", "pip", "--version"]).status === 0;

function must(command, args, otherwise, options = {}) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8", ...options });
  if (status !== 0) throw new Error(`${otherwise}: ${error?.message ?? stderr.trim()}`);
}
