// Tells a story in a program that a SQLite file keeps, and counts beside it, until it is killed, or the story is over:
// `node story-writer.mjs FILE CHAPTERS`.
import { LuaPersistent } from "../../js/dist/index.js";
import { sqliteStore } from "../../js/dist/node.js";
import { COUNT, look, tell } from "../browser/pages/story.mjs";

const [file, chapters] = process.argv.slice(2);
const { lua, state } = await tell(LuaPersistent, { store: sqliteStore(file) }, Number(chapters));
process.send(state);
for (;;) {
  const [count] = (await lua.run(COUNT)).values;
  const { lines, text } = await look(lua);
  process.send({ count, lines, text });
  // Timers, and what the host answers, come to their turn.
  await new Promise(resolve => setTimeout(resolve));
}
