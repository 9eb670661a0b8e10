-- What each actor is. It is run for each message, and defines what it has of its own once: that is kept.
-- Arguments: the message, a number, or none to look; after how many seconds the actor does something by itself.
local number, seconds = ...

if not receive then
  Memory.log = {}
  Memory.reminders = 0

  -- Takes a number, and remembers it again later: whether anybody asks meanwhile, and in whichever process.
  function receive(number, seconds)
    Memory.log[#Memory.log + 1] = number
    host.spawn(function()
      host.sleep(seconds)
      Memory.reminders = Memory.reminders + 1
    end)
  end
end

if number then receive(number, seconds) end
return #Memory.log
