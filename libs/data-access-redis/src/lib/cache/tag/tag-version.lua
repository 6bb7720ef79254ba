-- The version of a tag; a tag without one gets one.
-- KEYS[1] the tag   ARGV[1] 1 to raise the version (invalidate), 0 to read it   ARGV[2] time-to-live in ms
-- ARGV[3] channel on which near caches are told of a raise, '' when the server tells them by itself
-- Returns {version, 1 when it was there before and 0 when it was made by this call}. The version is at least the
-- server's clock in microseconds, so that a tag which was evicted, expired or lost in a fail-over never comes
-- back with a number it had before, and so that "raised after a moment" can be told from the number alone.
-- A raise that cannot be written (the server is full) removes the tag, and a tag without a version never matches.
-- Run twice, a raise only raises once more.
local kind = redis.call('TYPE', KEYS[1]).ok
local current = kind == 'string' and tonumber(redis.call('GET', KEYS[1]))
if current and ARGV[1] == '0' then return { string.format('%.0f', current), 1 } end
local clock = redis.call('TIME')
local version = clock[1] * 1000000 + clock[2]
if current and current >= version then version = current + 1 end
local text = string.format('%.0f', version)
local written = redis.pcall('SET', KEYS[1], text, 'PX', ARGV[2])
if written.err then
  if ARGV[1] == '0' then return written end
  redis.call('UNLINK', KEYS[1])
end
if ARGV[3] ~= '' then redis.pcall('PUBLISH', ARGV[3], KEYS[1]) end
return { text, current and 1 or 0 }
