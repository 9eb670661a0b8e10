// A game whose loop is in Lua: it asks for an event, waits for it as if that took no time, and keeps the player in `Memory`.
// The page gives events and draws. `node examples/game-loop.mjs` plays it.
import { LuaPersistent } from "../js/dist/index.js";

const GAME = `
Memory.player = Memory.player or { x = 0, y = 0, coins = 0 }
local player = Memory.player
local moves = { left = { -1, 0 }, right = { 1, 0 }, up = { 0, -1 }, down = { 0, 1 } }

while true do
  local event = host.event()
  if event.key == "quit" then break end
  local move = moves[event.key]
  if move then
    player.x, player.y = player.x + move[1], player.y + move[2]
    if (player.x + player.y) % 3 == 0 then player.coins = player.coins + 1 end
    host.draw(player.x, player.y, player.coins)
  end
end
return "bye, with " .. player.coins .. " coins"
`;

/** Events as they come from a keyboard, one at a time for whoever waits. */
class Keyboard {
  #keys = [];
  #waiting = null;

  press(key) {
    if (this.#waiting) this.#waiting({ key });
    else this.#keys.push(key);
    this.#waiting = null;
  }

  next() {
    if (this.#keys.length > 0) return { key: this.#keys.shift() };
    return new Promise(resolve => (this.#waiting = resolve));
  }
}

/** @param print where the game is drawn @returns what the game ends with */
export async function main(print) {
  const keyboard = new Keyboard();
  const lua = await LuaPersistent.open({
    host: { event: () => keyboard.next(), draw: (x, y, coins) => print(`player at ${x}, ${y} with ${coins} coins`) },
  });
  const game = lua.run(GAME, { name: "game.lua" });
  for (const key of ["right", "down", "down", "jump"]) keyboard.press(key);
  await new Promise(resolve => setTimeout(resolve, 10));
  // While the game waits for a key, others can look at it: each wait has committed what was changed.
  print(`saved: x = ${lua.table("Memory").get("player").get("x")}`);
  keyboard.press("quit");
  const { values } = await game;
  await lua.close();
  return values[0];
}

if (globalThis.process && import.meta.filename === process.argv[1]) console.log(await main(console.log));
