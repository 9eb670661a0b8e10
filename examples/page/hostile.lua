-- Scripts that misbehave: Stop ends anything, limits hold the rest, and Memory is as the last whole run left it.
-- %%
-- It does not end. Press Stop, and look at Memory: this run has changed nothing.
Memory.important = "still here"
-- %%
Memory.important = "spoilt"
while true do pcall(error) end
-- %%
-- Neither pcall nor coroutines catch a stop, and a recursion without end is an error like any other.
local function deeper(n) return 1 + deeper(n + 1) end
return pcall(deeper, 1)
-- %%
-- It hoards memory. This page gives Lua 512 MiB: beyond them it is an error, and the page goes on.
local hoard = {}
while true do hoard[#hoard + 1] = ("x"):rep(1000000) end
-- %%
-- Values that cannot be kept are refused by name, before anything is written.
Memory.game = { title = "chess", handlers = { move = function() end } }
