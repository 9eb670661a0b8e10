-- A bank in Memory: transfers that happen as a whole, or not at all.
-- %%
Memory.accounts = Memory.accounts or { Ann = 100, Bob = 20 }

-- Nothing here brings money back: this page opens Lua with `rollbackOnError`, so that a run that fails changes nothing in Memory.
function transfer(from, to, amount)
  local accounts = Memory.accounts
  accounts[to] = accounts[to] + amount
  accounts[from] = accounts[from] - amount
  assert(accounts[from] >= 0, from .. " does not have " .. amount)
end
return Memory.accounts
-- %%
-- Run it until Ann has nothing left: the last transfer fails, and Bob does not get it.
transfer("Ann", "Bob", 30)
return Memory.accounts
-- %%
local rows = {}
for name, balance in pairs(Memory.accounts) do rows[#rows + 1] = { name = name, balance = balance } end
table.sort(rows, function(a, b) return a.name < b.name end)
page.table(rows)
