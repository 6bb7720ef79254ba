-- Stores a loaded value, unless the key changed since the load began.
-- KEYS[1] the entry
-- ARGV[1] the first 19 bytes of what was seen before the load, '' when there was nothing
-- ARGV[2] the new envelope   ARGV[3] time-to-live in ms
-- Returns 1 stored, 0 discarded, 2 stored in place of a value of another type.
-- Safe to run twice: after the first run the key no longer begins with ARGV[1].
local type = redis.call('TYPE', KEYS[1]).ok
local answer = 1
if type == 'string' then
  if redis.call('GETRANGE', KEYS[1], 0, 18) ~= ARGV[1] then return 0 end
elseif type ~= 'none' then
  answer = 2
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return answer
