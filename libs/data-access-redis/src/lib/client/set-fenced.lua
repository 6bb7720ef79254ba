-- Writes a value, unless a writer with a higher fencing token has written it before.
-- KEYS[1] the value   KEYS[2] the highest token seen   ARGV[1] token   ARGV[2] value
-- ARGV[3] time-to-live of the value in ms   ARGV[4] of the token
-- Returns 1 written, 0 refused. Safe to run twice: the same token may write again.
local seen = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
if tonumber(ARGV[1]) < seen then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
