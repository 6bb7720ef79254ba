-- Put in front of each script that ends a flight: removes it, and tells all who wait for it.
-- outcome is 'd' when the entry is worth reading again, 'f' when the load failed. The fence goes first, and a user who
-- may not publish only makes others wait longer.
local function settle(entry, flight, outcome)
  local fields = redis.call('HKEYS', flight)
  redis.call('UNLINK', flight)
  for _, channel in ipairs(fields) do
    if channel ~= 'holder' and channel ~= 'since' then redis.pcall('PUBLISH', channel, outcome .. entry) end
  end
end
