-- Removes what is not a cache entry, if it is still there.
-- KEYS[1] the entry   ARGV[1] the garbage that was read, '' when it was a value of another type
-- Returns how many keys were removed. Safe to run twice.
local type = redis.call('TYPE', KEYS[1]).ok
if type == 'none' then return 0 end
if type == 'string' and (ARGV[1] == '' or redis.call('GET', KEYS[1]) ~= ARGV[1]) then return 0 end
return redis.call('UNLINK', KEYS[1])
