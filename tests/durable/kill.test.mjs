// A process that is killed at any moment while its program runs: opened again it goes on, and its story ends with exactly the
// text that it would have had. `KILLS=500` for so many (npm run durable); `SEED` for other moments.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { LuaPersistent } from "../../js/dist/index.js";
import { look, tell } from "../browser/pages/story.mjs";
import { random } from "../stores/fakes.mjs";
import { until } from "./kept.mjs";

const KILLS = Number(process.env.KILLS ?? 4);
/** Of the moments at which they come. */
const SEED = Number(process.env.SEED ?? 11);
/** The story is not over before the last of them. */
const CHAPTERS = 5 + 2 * KILLS;

/** The text of a story that nobody interrupts. */
async function uninterrupted(chapters) {
  const { lua } = await tell(LuaPersistent, {}, chapters);
  await until(async () => (await look(lua)).text);
  const { text } = await look(lua);
  await lua.close();
  return text;
}

/** A process that goes on with the story. @returns what it said last, and what ends it */
async function begin(file, hears) {
  const child = fork(new URL("story-writer.mjs", import.meta.url), [file, CHAPTERS], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  child.on("message", hears);
  const failed = exited.then(([code]) => assert.fail(`the process ended by itself, with ${code}`));
  failed.catch(() => {});
  await Promise.race([once(child, "message"), failed]);
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  return { kill, failed };
}

test(`${KILLS} kills: nothing is lost that was answered for, table and global agree, the story is the same`, async t => {
  const folder = mkdtempSync(join(tmpdir(), "lua-durable-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "program.db");
  const next = random(SEED);
  let last = { count: 0, lines: 0 };
  let kills = 0;
  t.after(() => t.diagnostic(`${kills} of ${KILLS} kills, ${last.count} units and ${last.lines} lines of the story`));
  const hears = state => {
    assert.ok(state.count >= last.count && state.lines >= last.lines, JSON.stringify([last, state]));
    last = state;
  };
  for (let i = 0; i < KILLS; i++) {
    const { kill, failed } = await begin(file, hears);
    await setTimeout(next(120));
    // On any machine the story has begun before the last.
    if (i === KILLS - 1) await Promise.race([until(() => last.lines > 0), failed]);
    await kill();
    kills++;
  }
  assert.ok(last.lines > 0 && !last.text, `${last.lines} lines were told when the last process was killed`);
  const { kill, failed } = await begin(file, hears);
  await Promise.race([until(() => last.text), failed]);
  await kill();
  assert.equal(last.text, await uninterrupted(CHAPTERS));
});
