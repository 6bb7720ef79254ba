-- Takes a place, or stands in line for one.
-- KEYS, ARGV[1] and ARGV[3] as in one-holder.lua and many-holders.lua   ARGV[2] lease in ms, with a plus before it of who
-- stands in line
-- Returns the token, or {the server's clock in ms, when a lease ends by it, how many stand before, id of its holder,
-- highest token}.
-- Safe to run twice: who holds already is given the same token again, and who stands in line keeps the place.
local ttl, waits = tonumber(ARGV[2]), string.sub(ARGV[2], 1, 1) == '+'
if mine then redis.call('ZREM', queue, me) end -- as in renew.lua
if mine or (held < permits and not lined) then
  give(me, ttl, mine or new_token())
  return mine
end
if waits then
  if not lined then mark('!') end
  redis.call('ZADD', queue, 'NX', clock[1] .. string.sub('00000' .. clock[2], -6), me)
  redis.call('PEXPIRE', queue, 60000)
end
serve(ttl)
if not mine and held < permits then give(me, ttl, new_token()) end
if mine then return mine end
return { now, ends, waits and redis.call('ZRANK', queue, me) or 0, holder, last }
