-- Rules over JSON: data in, decisions out, and a rule that fails does not stop the others.
-- %%
order = host.json.decode [[
  { "customer": "Ann", "total": 72.5, "coupon": null,
    "lines": [ { "sku": "A1", "count": 12 }, { "sku": "B7", "count": 1 } ] }
]]
return order
-- %%
rules = {
  ["free shipping"] = function(o) return o.total >= 50 and { shipping = 0 } end,
  ["many of one kind"] = function(o)
    for _, line in ipairs(o.lines) do
      if line.count > 9 then return { discount = 0.1, because = line.sku } end
    end
  end,
  ["a rule with a typing error"] = function(o) return o.totl > 5 and {} end,
}
local decisions = {}
for name, rule in pairs(rules) do
  local ok, decision = pcall(rule, order)
  decisions[#decisions + 1] = { rule = name, ok = ok, decision = decision and (ok and host.json.encode(decision) or decision) }
end
table.sort(decisions, function(a, b) return a.rule < b.rule end)
page.table(decisions)
