-- For tests: what lies in Redis of a lease, in one look.
-- KEYS[1] the lease   KEYS[2] the line before it
-- Returns {the clock's seconds, its microseconds, what is stored as one string or as the fields of a hash, its
-- time-to-live, the line in order, its time-to-live}. Reads only.
local clock = redis.call('TIME')
local hash = redis.call('TYPE', KEYS[1]).ok == 'hash'
return {
  clock[1],
  clock[2],
  hash and redis.call('HGETALL', KEYS[1]) or redis.call('GET', KEYS[1]),
  redis.call('PTTL', KEYS[1]),
  redis.call('ZRANGE', KEYS[2], 0, -1),
  redis.call('PTTL', KEYS[2]),
}
