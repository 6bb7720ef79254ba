-- Takes from one even flow (GCRA): what take.lua does, for the usual case of a single limit.
-- KEYS[1]  a flow; it lives as long as it runs ahead of time, so its time-to-live is all that need be known of it
-- ARGV[1]  what the request costs   ARGV[2] how far ahead of time the flow may run; both in µs
-- ARGV[3]  given when costs are no whole ms: then the value says how many µs less than its time-to-live the flow runs ahead
-- Returns  how far ahead of time it would run with the request; when that is too far, it refuses and takes nothing
-- Running it twice counts twice. Nothing runs it twice: a call is repeated only after NOSCRIPT, which has not run.
local ahead = redis.call('PTTL', KEYS[1]) * 1000
local tolerance = tonumber(ARGV[2])
if ARGV[3] and ahead > 0 then ahead = ahead - (tonumber(redis.pcall('GET', KEYS[1])) or 0) end
if ahead < 0 then
  ahead = 0
elseif ahead > tolerance then
  -- Further ahead than it may be: the clock of the server was set back, or the limit was changed.
  ahead = tolerance
  redis.call('PEXPIRE', KEYS[1], math.floor(tolerance / 1000))
end
ahead = ahead + ARGV[1]
if ahead <= tolerance then
  local ms = math.ceil(ahead / 1000)
  redis.call('SET', KEYS[1], ms * 1000 - ahead, 'PX', ms)
end
return ahead
