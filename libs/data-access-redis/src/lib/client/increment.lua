-- Adds to a counter that expires a fixed time after its first increment.
-- KEYS[1] the counter   ARGV[1] what to add   ARGV[2] time-to-live in ms
-- Returns the sum. Running it twice adds twice: a caller with an unknown outcome must not repeat it blindly.
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return sum
