-- Put in front of all scripts of a lease that one may hold.
local value = redis.call('GET', KEYS[1])
