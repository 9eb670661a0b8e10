// The store in a folder: damage, versions, a full disk, failures of power, two processes, and processes that are killed.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { checksum64, hex64 } from "../../js/dist/bytes/checksum.js";
import { LuaPersistent } from "../../js/dist/index.js";
import { folderStore } from "../../js/dist/node.js";
import { eraseStore } from "../../js/dist/stores/open-store.js";
import { Disk } from "./disk.mjs";
import { bytes, contents, open, random, reopened, unit } from "./fakes.mjs";
import { kill, killAtAnyMoment, waitForAnother, writer } from "./writers.mjs";

const LONG = process.env.STORE_LONG === "1";
const place = mkdtempSync(join(tmpdir(), "lua-folder-"));
after(() => rmSync(place, { recursive: true }));

let folder,
  count = 0;
beforeEach(() => {
  folder = join(place, `${count++}`);
});

const NOT_OPENED = "It was not opened, and nothing in it was changed";

async function fill() {
  const it = await open(folderStore(folder));
  await unit(it, tables => (tables.set(1, "a", bytes(1, 2)), tables.set(1, "gone", bytes(3))));
  await unit(it, tables => (tables.set(2, "\0\xff", noise(5000)), tables.delete(1, "gone")));
  await it.persistence.close();
  return contents(it.tables);
}

const next = random(3);
const noise = length => Uint8Array.from({ length }, () => next(256));
const at = name => join(folder, name);
/** Files with something of the store in them. */
const kept = () => readdirSync(folder).filter(name => !/^lock-|^reserve/.test(name));
const stored = () => Object.fromEntries(kept().map(name => [name, readFileSync(at(name), "latin1")]));

/** Opens what must be refused, and sees to it that nothing has changed. */
async function refused(kind, message) {
  const before = stored();
  await assert.rejects(open(folderStore(folder)), {
    kind,
    message: `folder store '${folder}' ${message}. ${NOT_OPENED}`,
  });
  assert.deepEqual(stored(), before);
}

function writeList(change) {
  const text = JSON.stringify(change(JSON.parse(readFileSync(at("list.luat"), "utf8").split("\n")[0])));
  writeFileSync(at("list.luat"), `${text}\n${hex64(checksum64(new TextEncoder().encode(text)))}\n`);
}

test("what was committed is there when the folder is opened again", async () => {
  const expected = await fill();
  assert.deepEqual(await reopened(folderStore(folder)), expected);
});

test("the folder is made, with those above it", async () => {
  folder = join(folder, "a", "b");
  const expected = await fill();
  assert.deepEqual(await reopened(folderStore(folder)), expected);
});

test("Lua in Node goes on with what is in the folder", async () => {
  for (const count of [1, 2, 3]) {
    const lua = await LuaPersistent.open({ store: folderStore(folder) });
    const { values } = await lua.run("Memory.counter = (Memory.counter or 0) + 1 return Memory.counter");
    assert.deepEqual(values, [count]);
    await lua.close();
  }
});

test("Lua in a worker does, too", async () => {
  for (const count of [1, 2]) {
    const lua = await LuaPersistent.openWorker({ store: folderStore(folder) });
    const { values } = await lua.run("Memory.counter = (Memory.counter or 0) + 1 return Memory.counter");
    assert.deepEqual(values, [count]);
    await lua.close();
  }
});

test("only files of the present state stay, and other people's files", async () => {
  await fill();
  writeFileSync(at("notes.txt"), "mine");
  writeFileSync(at("7.txt"), "mine");
  const it = await open(folderStore(folder));
  for (let i = 0; i < 100; i++) await unit(it, tables => tables.set(1, "a", noise(6000)));
  await it.persistence.close();
  const { files } = JSON.parse(readFileSync(at("list.luat"), "utf8").split("\n")[0]);
  assert.deepEqual(
    kept().sort(),
    [...files.map(([, number]) => `${number}.luat`), "list.luat", "notes.txt", "7.txt"].sort(),
  );
  assert.equal(readFileSync(at("notes.txt"), "utf8"), "mine");
});

test("whatever byte of whatever file is flipped is refused, and the files stay as they are", async () => {
  await fill();
  for (const name of kept()) {
    const whole = readFileSync(at(name));
    for (let i = 0; i < whole.length; i += whole.length > 1000 ? 31 : 1) {
      const flipped = Buffer.from(whole);
      flipped[i] ^= 1 << next(8);
      writeFileSync(at(name), flipped);
      const before = stored();
      await assert.rejects(open(folderStore(folder)), { name: "StoreError", kind: "damaged" }, `${name}, byte ${i}`);
      assert.deepEqual(stored(), before);
    }
    writeFileSync(at(name), whole);
  }
});

test("files that have changed places are refused", async () => {
  await fill();
  writeList(({ files: [[a, one], [b, two], ...rest], ...list }) => ({ ...list, files: [[a, two], [b, one], ...rest] }));
  await refused("damaged", "is damaged: page 'page/00000000' does not match its checksum");
});

test("a missing file is refused", async () => {
  await fill();
  rmSync(at("1.luat"));
  await refused("damaged", "is damaged: page 'page/00000000' is missing");
});

test("files without their list are refused", async () => {
  await fill();
  rmSync(at("list.luat"));
  await refused("damaged", "is damaged: its list of files is missing, and 3 files are there");
});

test("a list of a newer form is refused as newer", async () => {
  await fill();
  writeList(list => ({ ...list, form: 2 }));
  await refused(
    "version",
    "was written by a newer version of this library: the form of its list is 2, and 1 is known here",
  );
});

test("a list that matches its checksum and makes no sense is refused", async () => {
  for (const change of [() => null, () => 5, list => ({ ...list, files: 5 }), list => ({ ...list, header: "x" })]) {
    await fill();
    writeList(change);
    const before = stored();
    await assert.rejects(open(folderStore(folder)), { name: "StoreError", message: /^folder store '/ });
    assert.deepEqual(stored(), before);
    await eraseStore({ store: folderStore(folder) });
  }
});

test("a file in the place of the folder is told", async () => {
  writeFileSync(folder, "");
  await assert.rejects(open(folderStore(folder)), {
    kind: "failed",
    message: /^folder store '.*' could not be locked: /,
  });
});

test("eraseStore empties a damaged folder, and leaves other people's files", async () => {
  await fill();
  writeFileSync(at("notes.txt"), "mine");
  writeFileSync(at("list.luat"), "nonsense");
  await refused("damaged", "is damaged: its list of files does not match its checksum");
  await eraseStore({ store: folderStore(folder) });
  assert.deepEqual(kept().sort(), ["list.luat", "notes.txt"]);
  assert.deepEqual(await reopened(folderStore(folder)), {});
});

test("a folder that someone else has written to is not written to", async () => {
  await fill();
  const it = await open(folderStore(folder));
  const list = readFileSync(at("list.luat"));
  await unit(it, tables => tables.set(1, "b", bytes(1)));
  writeFileSync(at("list.luat"), list);
  const before = readFileSync(at("list.luat"));
  await assert.rejects(
    unit(it, tables => tables.set(1, "c", bytes(1))),
    { kind: "failed", message: /was changed or emptied by someone else since it was opened/ },
  );
  assert.deepEqual(readFileSync(at("list.luat")), before);
  await it.persistence.close({ discard: true });
});

/** Has files take no more than `quota` bytes together, as a disk that is full. @returns {() => void} ends that */
function limitDisk(quota) {
  const openFile = fs.open;
  fs.open = async (path, flags) => {
    const file = await openFile(path, flags);
    const write = file.writeFile.bind(file);
    file.writeFile = async content => {
      const used = readdirSync(folder).reduce((sum, name) => sum + readFileSync(at(name)).length, 0);
      if (used + content.length > quota) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      return write(content);
    };
    return file;
  };
  return () => (fs.open = openFile);
}

test("a full disk is an error with what is needed; what was there stays, and deletions go on", async () => {
  const it = await open(folderStore(folder));
  await unit(it, tables => tables.set(1, "a", bytes(1)));
  const free = limitDisk(300_000);
  try {
    for (let i = 0; ; i++) {
      it.tables.set(1, `k${i}`, noise(200 + next(9000)));
      const error = await it.persistence.commit().catch(thrown => thrown);
      if (!error) continue;
      assert.equal(error.kind, "quota");
      assert.ok(error.bytesNeeded > 200);
      it.tables.delete(1, `k${i}`);
      break;
    }
    await it.persistence.flush();
    assert.deepEqual(await contentsOfCopy(), contents(it.tables));
    for (const key of [...it.tables.entries()].flatMap(([, keys]) => [...keys.keys()]))
      await unit(it, tables => tables.delete(1, key));
    assert.deepEqual(await contentsOfCopy(), {});
  } finally {
    free();
  }
  await it.persistence.close();
});

test("eraseStore empties a folder on a full disk", async () => {
  const it = await open(folderStore(folder));
  await unit(it, tables => tables.set(1, "a", noise(100_000)));
  await it.persistence.close();
  const free = limitDisk(160_000);
  await eraseStore({ store: folderStore(folder) }).finally(free);
  assert.deepEqual(await reopened(folderStore(folder)), {});
});

/** What a store has that someone else has open. */
async function contentsOfCopy() {
  const copy = join(place, `copy${count++}`);
  cpSync(folder, copy, { recursive: true });
  for (const name of readdirSync(copy)) if (name.startsWith("lock-")) rmSync(join(copy, name));
  return reopened(folderStore(copy));
}

/** A unit of random changes of few keys, so that they meet. */
function change(tables) {
  for (let i = next(4); i >= 0; i--) {
    const [id, key] = [1 + next(2), `k${next(12)}`];
    if (next(3) === 0) tables.delete(id, key);
    else tables.set(id, key, noise(next(5) ? next(40) : next(6000)));
  }
}

/** Which names are found though they were not synced: none, all, or only that of the list. */
const KEPT = [() => false, () => true, name => name === "list.luat"];

test("power that fails at any moment leaves the state before a commit or after it, and after it once that is done", async () => {
  const it = await open(folderStore(folder));
  const copies = [];
  const disk = new Disk(folder, () => takeCopies());
  const takeCopies = () => {
    for (const isKept of KEPT) {
      copies.push(join(place, `power${count++}`));
      disk.copy(copies.at(-1), isKept);
    }
  };
  try {
    let committed = {};
    for (let i = 0; i < (LONG ? 300 : 25); i++) {
      await unit(it, change);
      const state = contents(it.tables);
      takeCopies();
      const done = copies.slice(-KEPT.length);
      for (const copy of copies.splice(0)) await assertOneOf(copy, done.includes(copy) ? [state] : [committed, state]);
      committed = state;
    }
  } finally {
    disk.close();
  }
  await it.persistence.close();
});

/** @param states of which the folder has one; its lock is that of this process */
async function assertOneOf(copy, states) {
  const reader = await open(folderStore(copy), { whenBusy: "readOnly" });
  const found = JSON.stringify(contents(reader.tables));
  await reader.persistence.close();
  assert.ok(
    states.some(state => JSON.stringify(state) === found),
    `${copy}: ${found.slice(0, 200)}`,
  );
  rmSync(copy, { recursive: true });
}

test("a second process waits, reads only, or is refused", () =>
  waitForAnother("folderStore", folder, () => folderStore(folder), `folder store '${folder}'`));

test("a process that is killed at any moment leaves the state after some whole unit, and no lock", () =>
  killAtAnyMoment("folderStore", folder, () => folderStore(folder)));

test("who reads while another process writes has the state after some whole unit", async () => {
  const other = await writer("folderStore", folder);
  for (let i = 0; i < 40; i++) {
    const { tables, persistence } = await open(folderStore(folder), { whenBusy: "readOnly" });
    for (let k = 0; k < 20; k++) assert.deepEqual(tables.get(1, `copy${k}`), tables.get(1, "unit"));
    await persistence.close();
  }
  await kill(other);
});

test("of many that want the lock at once one has it", async () => {
  await fill();
  for (let round = 0; round < 20; round++) {
    const locks = await Promise.all(Array.from({ length: 8 }, () => folderStore(folder).lock("readOnly")));
    assert.ok(locks.filter(({ readOnly }) => !readOnly).length <= 1);
    for (const lock of locks) await lock.release();
    const lock = await folderStore(folder).lock("refuse");
    await lock.release();
  }
});

test("who looked for the lock before others came and went does not get it", async () => {
  await fill();
  const { writeFile } = fs;
  let goOn;
  const isSlow = new Promise(resolve => {
    fs.writeFile = async (...args) => {
      fs.writeFile = writeFile;
      await new Promise(go => resolve((goOn = go)));
      return writeFile(...args);
    };
  });
  const late = folderStore(folder).lock("readOnly");
  await isSlow;
  await (await folderStore(folder).lock("refuse")).release();
  const holder = await folderStore(folder).lock("refuse");
  goOn();
  assert.equal((await late).readOnly, true);
  await assert.rejects(folderStore(folder).lock("refuse"), { kind: "busy" });
  await holder.release();
});

test("a lock of a process that is no more, or whose number is another one's now, does not count", async () => {
  await fill();
  const lock = await folderStore(folder).lock("refuse");
  const name = readdirSync(folder).find(name => name.startsWith("lock-"));
  const owner = JSON.parse(readFileSync(at(name), "utf8"));
  await lock.release();
  const others = [
    { ...owner, pid: 2 ** 22 + 1, began: undefined },
    ...(owner.began ? [{ ...owner, began: "another/1" }] : []),
  ];
  for (const [i, other] of others.entries()) {
    writeFileSync(at(`lock-${90 + i}.luat`), JSON.stringify(other));
    const mine = await folderStore(folder).lock("refuse");
    assert.equal(mine.readOnly, false);
    await mine.release();
  }
});

test("a lock of another machine counts until its file is deleted", async () => {
  await fill();
  writeFileSync(at("lock-90.luat"), JSON.stringify({ pid: 1, host: "another" }));
  await assert.rejects(folderStore(folder).lock("refuse"), { kind: "busy" });
  rmSync(at("lock-90.luat"));
  await (await folderStore(folder).lock("refuse")).release();
});

test("a lock that its process could not write to the end counts for a second", async () => {
  await fill();
  writeFileSync(at("lock-90.luat"), "");
  await assert.rejects(folderStore(folder).lock("refuse"), { kind: "busy" });
  const lock = await folderStore(folder).lock("wait");
  assert.ok(existsSync(at("lock-91.luat")));
  await lock.release();
});
