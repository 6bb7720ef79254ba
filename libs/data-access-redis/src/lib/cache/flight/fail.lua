-- Gives up the right to load. For a while nobody who has an old value to serve need try again.
-- KEYS[1] the entry   KEYS[2] its flight   ARGV[1] token   ARGV[2] ms during which nobody shall try, 0 for none
-- ARGV[3] 'f' when the load failed, 'd' when the entry is worth reading again
-- Returns 1, or 0 when it was no longer the caller's. Run twice, the second does nothing.
if redis.call('HGET', KEYS[2], 'holder') ~= ARGV[1] then return 0 end
settle(KEYS[1], KEYS[2], ARGV[3])
if tonumber(ARGV[2]) > 0 then
  local clock = redis.call('TIME')
  redis.call('HSET', KEYS[2], 'holder', '', 'since', string.format('%.0f', clock[1] * 1000000 + clock[2]))
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return 1
