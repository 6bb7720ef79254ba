-- Prolongs the lease of a load that takes long.
-- KEYS[1] the flight   ARGV[1] token   ARGV[2] lease in ms   Returns 1, or 0 when it is no longer the caller's.
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
