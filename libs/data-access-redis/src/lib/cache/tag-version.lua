-- The version of a tag; a tag without one gets one.
-- KEYS[1] the tag   ARGV[1] 1 to raise the version (invalidate), 0 to read it   ARGV[2] time-to-live in ms
-- Returns the version. It is at least the server's clock in microseconds, so that a tag which was evicted,
-- expired or lost in a fail-over never comes back with a number it had before.
local current = tonumber(redis.call('GET', KEYS[1]) or '')
if current and ARGV[1] == '0' then return string.format('%.0f', current) end
local clock = redis.call('TIME')
local version = clock[1] * 1000000 + clock[2]
if current and current >= version then version = current + 1 end
local text = string.format('%.0f', version)
redis.call('SET', KEYS[1], text, 'PX', ARGV[2])
return text
