-- For tests: as if the server's clock were set back by an hour while nobody holds the lease; the highest token is an
-- hour ahead of it then.
-- KEYS[1] the lease
-- Not safe to run twice: then it is set back by two.
local hash = redis.call('TYPE', KEYS[1]).ok == 'hash'
local last = hash and redis.call('HGET', KEYS[1], 'last') or string.sub(redis.call('GET', KEYS[1]) or '', 1, 16)
local ahead = string.format('%.0f', (tonumber(last) or 0) + 3600000000)
if hash then redis.call('HSET', KEYS[1], 'last', ahead) else redis.call('SETRANGE', KEYS[1], 0, ahead) end
