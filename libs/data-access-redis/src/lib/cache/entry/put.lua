-- Stores a value whatever is there, and takes away the right of a load that runs to overwrite it.
-- KEYS[1] the entry   KEYS[2] its flight   ARGV[1] the envelope   ARGV[2] time-to-live in ms
-- ARGV[3] channel on which near caches are told, '' when the server tells them by itself
-- Returns 1. Safe to run twice.
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
settle(KEYS[1], KEYS[2], 'd')
if ARGV[3] ~= '' then redis.pcall('PUBLISH', ARGV[3], KEYS[1]) end
return 1
