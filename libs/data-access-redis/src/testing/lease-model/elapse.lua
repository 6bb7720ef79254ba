-- For tests: as if so many ms had passed for those who hold a lease; their ends come so much closer.
-- KEYS[1] the lease   ARGV[1] ms
-- Not safe to run twice: then twice the time has passed.
local function sooner(till)
  return string.format('%013.0f', math.max(0, (tonumber(till) or 0) - ARGV[1]))
end
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    local value = fields[i + 1]
    if fields[i] ~= 'last' then
      local till = sooner(string.sub(value, 18, 30))
      redis.call('HSET', KEYS[1], fields[i], string.sub(value, 1, 17) .. till .. string.sub(value, 31))
    end
  end
else
  local value = redis.call('GET', KEYS[1])
  if value and #value > 31 then redis.call('SETRANGE', KEYS[1], 17, sooner(string.sub(value, 18, 30))) end
end
