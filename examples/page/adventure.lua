-- An adventure that waits for you: coroutines, questions, and other cells that run meanwhile.
-- %%
-- Say where to go: north, south, east, west, take, or quit. Where you are is kept, so you can quit and come back.
local rooms = {
  hall = { text = "A hall with a cold fireplace.", north = "library", east = "cellar" },
  library = { text = "Books up to the ceiling.", south = "hall", item = "lamp" },
  cellar = { text = "It is dark.", west = "hall", item = "coin", needs = "lamp" },
}
local me = Memory.adventure or { room = "hall", items = {} }
Memory.adventure = me
me = Memory.adventure

while true do
  local room = rooms[me.room]
  local canSee = not room.needs or me.items[room.needs]
  print(canSee and room.text or "It is too dark to see anything.")
  if room.item and canSee and not me.items[room.item] then print("There is a " .. room.item .. ".") end
  local word = page.ask("What now?")
  if word == "quit" then break end
  if word == "take" and room.item and canSee then
    me.items[room.item] = true
    print("You have the " .. room.item .. ".")
  elseif rooms[room[word]] then
    me.room = room[word]
  else
    print("That is not possible here.")
  end
end
return me
-- %%
-- Tasks wait beside each other: a clock ticks while a bird sings.
local function clock()
  for i = 1, 3 do
    print("tick " .. i)
    host.sleep(0.4)
  end
end
local function bird()
  for _, note in ipairs { "tweet", "tweet-tweet" } do
    host.sleep(0.5)
    print(note)
  end
end
host.all(clock, bird)
