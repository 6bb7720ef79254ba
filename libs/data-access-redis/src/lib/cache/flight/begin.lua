-- Asks for the right to load one entry for the whole fleet, for as long as a lease runs.
-- KEYS[1] the entry
-- KEYS[2] its flight: a hash of the holder's token, when it began, and the channels of those who wait
-- ARGV[1] head of the entry that the caller saw, '' for none   ARGV[2] the caller's token
-- ARGV[3] lease in ms   ARGV[4] channel to wake the caller on, '' when it will not wait
-- ARGV[5] highest tag version that the caller saw: a load that began before it is worthless, and is taken over
-- ARGV[6] '1' when the caller has an old value to serve, and so is bound by a failure of a moment ago
-- Returns {'yours', seconds, microseconds}, {'yours-foreign', …} over a value of another type,
--   {'changed'} when the entry is not what the caller saw, {'taken', ms left} or {'failed', ms left}.
-- Safe to run twice: the same token gets the same answer.
local kind = redis.call('TYPE', KEYS[1]).ok
local answer = 'yours'
if kind == 'string' or kind == 'none' then
  local head = kind == 'string' and redis.call('GETRANGE', KEYS[1], 0, 18) or ''
  if head ~= ARGV[1] then return { 'changed' } end
else
  answer = 'yours-foreign'
end

local holder = redis.call('HGET', KEYS[2], 'holder')
if holder == '' and ARGV[6] ~= '1' then holder = false end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local since = tonumber(redis.call('HGET', KEYS[2], 'since') or '0')
if holder and holder ~= ARGV[2] and since >= tonumber(ARGV[5]) then
  local left = redis.call('PTTL', KEYS[2])
  if holder == '' then return { 'failed', left } end
  if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], ARGV[4], '') end
  return { 'taken', left }
end
redis.call('HSET', KEYS[2], 'holder', ARGV[2], 'since', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return { answer, clock[1], clock[2] }
