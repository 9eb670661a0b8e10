// A story that is told by coroutines which wait: for time, and for what the host answers. In pages and in Node, by programs
// that are ended at any moment, and go on.

/** Takes the number of chapters. Every line is in a global and in a table. */
export const STORY = `
  local chapters = ...
  told = {}
  local function tell(line)
    told[#told + 1] = line
    Memory.lines, Memory.last = #told, line
  end
  local function character(name, mood)
    return coroutine.create(function(heard)
      local n = 0
      while true do
        n = n + 1
        tell(name .. ", " .. mood .. ", hears " .. heard)
        if n % 3 == 0 then host.sleep(0.002) end
        if n % 4 == 1 then mood = host.input("What does " .. name .. " feel after " .. n .. " turns?") end
        heard = coroutine.yield(name .. " for the " .. n .. "th time")
      end
    end)
  end
  local cast = { character("Ann", "merry"), character("Bob", "sad"), character("Cid", "tired") }
  local said = "the bell"
  for chapter = 1, chapters do
    tell("Chapter " .. chapter)
    for _, one in ipairs(cast) do
      local ok, words = coroutine.resume(one, said)
      if not ok then error(words) end
      said = words
    end
    host.sleep(0.001)
  end
  tell("The end")
  Memory.isOver = true`;

/** One unit of work beside it. */
export const COUNT = "count = (count or 0) + 1 Memory.count = count return count";

/** What is not as it must be; nothing when all is well. Then how far the story and the count are, and the text of a story that is over. */
export const CHECK = `
  if (count or 0) ~= (Memory.count or 0) then return "count " .. tostring(count) .. ", in the table " .. tostring(Memory.count) end
  local lines = told and #told or 0
  if lines ~= (Memory.lines or 0) then return lines .. " lines, in the table " .. tostring(Memory.lines) end
  if lines > 0 and told[lines] ~= Memory.last then return "the last line is " .. told[lines] .. ", in the table " .. Memory.last end
  return nil, lines, count or 0, Memory.isOver and table.concat(told, "\\n")`;

const MOODS = ["glad", "cross", "weary", "calm"];

/** Functions of the host: what is answered depends on what is asked. */
export const host = {
  async input(prompt) {
    await new Promise(resolve => setTimeout(resolve, 1));
    return MOODS[[...prompt].reduce((sum, char) => sum + char.codePointAt(0), 0) % MOODS.length];
  },
};

/** Opens a program that tells the story, or goes on with it. @param {string[]} problems hears what a task raises */
export async function tell(LuaPersistent, options, chapters) {
  const lua = await LuaPersistent.open({ ...options, persist: "everything", host });
  const state = await look(lua);
  // It was begun when its first commit is there: until then nothing was told.
  if (state.lines === 0) lua.run(STORY, { args: [chapters] }).catch(() => {});
  return { lua, state };
}

/** @returns {Promise<{lines: number, count: number, text?: string}>} @throws {Error} what does not agree */
export async function look(lua) {
  const [problem, lines, count, text] = (await lua.run(CHECK)).values;
  if (problem !== undefined) throw new Error(problem);
  return { lines, count, text: text || undefined };
}
