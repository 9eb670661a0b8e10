-- A bank in Memory: transfers that happen as a whole, or not at all.
-- %%
Memory.accounts = Memory.accounts or { Ann = 100, Bob = 20 }

--- Does something to the accounts; an error brings them back to what they were.
function transaction(action)
  local before = ext.copy(Memory.accounts)
  local ok, problem = pcall(action, Memory.accounts)
  if not ok then Memory.accounts = before end
  return ok, problem
end

function transfer(from, to, amount)
  return transaction(function(accounts)
    accounts[to] = accounts[to] + amount
    accounts[from] = accounts[from] - amount
    assert(accounts[from] >= 0, from .. " does not have " .. amount)
  end)
end
return Memory.accounts
-- %%
-- Run it until Ann has nothing left: the last transfer is refused, and Bob does not get it.
return transfer("Ann", "Bob", 30), Memory.accounts
-- %%
local rows = {}
for name, balance in pairs(Memory.accounts) do rows[#rows + 1] = { name = name, balance = balance } end
page.table(rows)
