-- Prolongs a lease that has not run out.
-- KEYS, ARGV[1] and ARGV[3] as in one-holder.lua and many-holders.lua   ARGV[2] lease in ms from now
-- Returns 1, or 0 when it is no longer the caller's. Safe to run twice.
if not mine then return 0 end
-- Changes nothing; but after a write that takes no memory also a Redis that is full lets the others through.
redis.call('ZREM', queue, me)
give(me, tonumber(ARGV[2]), mine)
return 1
