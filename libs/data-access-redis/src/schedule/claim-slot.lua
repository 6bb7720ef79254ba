-- Claims one moment of a periodic task, so that it is run for that moment once.
-- KEYS[1] the last claim, '<term> <moment>'   ARGV[1] moment in ms since 1970   ARGV[2] term of the caller's leadership
-- ARGV[3] time-to-live in ms
-- Returns 'claimed', or why not: 'deposed' (by a higher term), 'past' (that moment or a later one has been claimed, or
-- may have been), or 'ahead' (a clock more than a minute ahead would claim what others have yet to run).
-- Safe to run twice: the second is refused, and who does not know whether it was heard does not run.
local moment, term = tonumber(ARGV[1]), tonumber(ARGV[2])
local claim = redis.call('GET', KEYS[1])
local last_term, last = string.match(claim or '', '^(%d+) (%d+)$')
-- When nothing is known, for it is the first or Redis lost it: what lies before this leadership may have been run in
-- another. A term is µs since 1970; 2 s are for clocks that differ.
last_term, last = tonumber(last_term or 0), tonumber(last or math.floor(term / 1000) + 2000)
if term < last_term then return 'deposed' end
if moment <= last then return 'past' end
if moment > redis.call('TIME')[1] * 1000 + 60000 then return 'ahead' end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[1], 'PX', ARGV[3])
return 'claimed'
