-- Raises the highest token seen; never lowers it.
-- KEYS[1] the highest token seen   ARGV[1] token   ARGV[2] time-to-live in ms
local seen = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if tonumber(ARGV[1]) > seen then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
