-- A counter that goes on: what is in Memory is there again tomorrow.
-- %%
-- Run this cell some times, and watch Memory at the side.
Memory.counter = (Memory.counter or 0) + 1
return Memory.counter
-- %%
-- Globals live as long as Lua does; Memory outlives it. Restart Lua, or reload the page, and run this again.
visits = (visits or 0) + 1
return visits, Memory.counter
-- %%
-- Tables are kept as a whole, cycles and all.
Memory.log = Memory.log or {}
Memory.log[#Memory.log + 1] = { at = os.date("%H:%M:%S"), counter = Memory.counter }
return Memory.log
