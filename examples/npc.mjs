// Characters of a game, each a script that runs beside the others: it walks, waits and talks as if it were alone. The player is
// an object of the game, of which scripts can use what is listed. `node examples/npc.mjs` lets them act.
import { LuaPersistent } from "../js/dist/index.js";

const GUARD = `
local player = ...
host.sleep(0.02)
player:say("Halt! Who goes there?")
local answer = player:ask("Your name?")
if answer == player.name then
  player:say("Pass, " .. answer .. ".")
else
  player.hp = player.hp - 3
  player:say("A liar! Take that.")
end
`;
const BIRD = `
local player = ...
for i = 1, 2 do
  player:say(("tweet "):rep(i) .. "...")
  host.sleep(0.03)
end
`;

class Player {
  name = "Ann";
  hp = 10;
  /** Is not listed, and so does not exist for scripts. */
  password = "secret";

  constructor(print, answers) {
    this.print = print;
    this.answers = answers;
  }

  say(text) {
    this.print(text);
  }

  /** As with a dialogue on the screen, the answer comes some time later. */
  ask(question) {
    this.print(question);
    return new Promise(resolve => setTimeout(resolve, 30, this.answers.shift()));
  }
}

export async function main(print) {
  const player = new Player(print, ["Bob"]);
  const exposed = LuaPersistent.expose(player, { methods: ["say", "ask"], properties: ["name", "hp"] });
  const lua = await LuaPersistent.open();
  const run = (name, script) => lua.run(script, { name, args: [exposed], env: "fresh" });
  await Promise.all([run("guard", GUARD), run("bird", BIRD)]);
  print(`${player.name} has ${player.hp} hp left`);
  await run("thief", "print((...).password)").catch(error => print(error.message));
  await lua.close();
}

if (globalThis.process && import.meta.filename === process.argv[1]) await main(console.log);
