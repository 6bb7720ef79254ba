-- Gives a lease back, or leaves the line, and lets the next ones in.
-- KEYS, ARGV[1] and ARGV[3] as in one-holder.lua and many-holders.lua
-- Returns 1, or 0 when it was not the caller's any more. Run twice, the second changes nothing.
if mine then drop() else redis.call('ZREM', queue, me) end
serve()
settle()
return mine and 1 or 0
