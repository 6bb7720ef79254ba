-- Put in front of the acquire of a lease that one may hold: the same where nobody holds it and nobody stands in line.
-- All locks take this way, so every call and every change of a number into a text counts.
if value and #value == 17 and string.sub(value, 17) == ' ' then
  local clock = redis.call('TIME')
  local token = clock[1] .. string.sub('00000' .. clock[2], -6)
  if token > value then
    local ends = string.sub(token, 1, 13) + ARGV[2]
    local life = ARGV[2] + 0 > 3600000 and ARGV[2] + 0 or '3600000'
    redis.call('SET', KEYS[1], token .. ' ' .. ends .. ' ' .. ARGV[1], 'PX', life)
    return token
  end
end
