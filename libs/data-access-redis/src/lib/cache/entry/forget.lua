-- Removes a value, and takes away the right of a load that runs to bring it back.
-- KEYS[1] the entry   KEYS[2] its flight
-- ARGV[1] channel on which near caches are told, '' when the server tells them by itself
-- Returns how many entries were removed. Safe to run twice.
local removed = redis.call('UNLINK', KEYS[1])
settle(KEYS[1], KEYS[2], 'd')
if ARGV[1] ~= '' then redis.pcall('PUBLISH', ARGV[1], KEYS[1]) end
return removed
