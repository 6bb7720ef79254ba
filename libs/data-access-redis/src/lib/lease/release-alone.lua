-- Put in front of the release of a lease that one may hold: the same for the holder behind whom nobody stands. It does
-- not look at the clock: what has run out and was not taken by another is given back as well. The key is kept for as
-- long as the last one who wrote it said, which is past the hour from the token.
if value and string.sub(value, 17, 17) == ' ' and string.sub(value, 32) == ARGV[1] then
  local free = string.sub(value, 1, 17)
  if redis.pcall('SET', KEYS[1], free, 'KEEPTTL').err then
    redis.call('ZREM', KEYS[2], ARGV[1]) -- Redis is full: as in renew.lua
    redis.call('SET', KEYS[1], free, 'KEEPTTL')
  end
  return 1
end
