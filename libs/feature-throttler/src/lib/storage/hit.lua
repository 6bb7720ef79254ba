-- One request under the contract of @nestjs/throttler: an even flow, and a block once it was exceeded.
-- KEYS[1]   the flow, as in flow.lua   KEYS[2] there while the client is blocked; both with the same hash tag
-- ARGV[1]   what the request costs   ARGV[2] how far ahead of time the flow may run; both in µs
-- ARGV[3]   how long to block in ms; 0: until the flow lets the next one through
-- Returns   how far ahead of time the flow runs in µs, and in ms how long the client is denied; 0: it is not
-- A denied request takes nothing; the first one begins the block.
-- Running it twice counts twice. Nothing runs it twice: a call is repeated only after NOSCRIPT, which has not run.
local cost, tolerance, block = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ahead = redis.call('PTTL', KEYS[1]) * 1000
if ahead > 0 then ahead = ahead - (tonumber(redis.pcall('GET', KEYS[1])) or 0) end
if ahead < 0 then
  ahead = 0
elseif ahead > tolerance then
  ahead = tolerance
  redis.call('PEXPIRE', KEYS[1], math.floor(tolerance / 1000))
end

local blocked = redis.call('PTTL', KEYS[2])
if blocked > 0 then return {ahead, blocked} end

local excess = ahead + cost - tolerance
if excess > 0 then
  if block == 0 then return {ahead, math.ceil(excess / 1000)} end
  redis.call('SET', KEYS[2], '1', 'PX', block)
  return {ahead, block}
end
ahead = ahead + cost
local ms = math.ceil(ahead / 1000)
redis.call('SET', KEYS[1], ms * 1000 - ahead, 'PX', ms)
return {ahead, 0}
