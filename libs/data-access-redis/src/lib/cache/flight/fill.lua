-- Stores a loaded value, unless the right to do so is gone: the lease ran out, or a delete or set removed it.
-- KEYS[1] the entry   KEYS[2] its flight   ARGV[1] token   ARGV[2] the envelope   ARGV[3] time-to-live in ms
-- Returns 1 stored, 0 discarded. Run twice, the second does nothing: the flight is gone.
if redis.call('HGET', KEYS[2], 'holder') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
settle(KEYS[1], KEYS[2], 'd')
return 1
