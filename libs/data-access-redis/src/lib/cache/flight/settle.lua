-- Put in front of each script that ends a flight: tells all who wait for it, and removes it.
-- outcome is 'd' when the entry is worth reading again, 'f' when the load failed.
local function settle(entry, flight, outcome)
  for _, channel in ipairs(redis.call('HKEYS', flight)) do
    if channel ~= 'holder' and channel ~= 'since' then redis.call('PUBLISH', channel, outcome .. entry) end
  end
  redis.call('UNLINK', flight)
end
