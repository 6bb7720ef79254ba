-- Put in front of each script of a lease that one may hold, behind value.lua and perhaps a shorter way. Its value is
-- '<token><line>', and while it is held also '<end><turn><id>': the highest fencing token given out; '!' when somebody
-- stands in line and else a blank; the end of the lease by the server's clock in ms; '?' while its holder has not said
-- yet that it knows of its turn, and else a blank; and the holder. All widths are fixed: this is on the way of every
-- lock.
-- A token is max(last + 1, the clock in µs), so it grows also when Redis has lost all. The key is kept until an hour after
-- the token's own time, so it grows unless the clock is set back by more than that while nobody holds the lease.
-- KEYS[1] the lease   KEYS[2] the line before it   ARGV[1] id of the caller
local lease, queue, me, permits = KEYS[1], KEYS[2], ARGV[1], 1
local clock = redis.call('TIME')
local micros = clock[1] .. string.sub('00000' .. clock[2], -6)
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- What is held: how many hold it, the caller's token, and whose lease ends first; and who did not take up a turn.
local held, mine, ends, holder, silent = 0, nil, now, nil, nil
local last, line = '', ' '
if value and #value > 16 then
  last, line = string.sub(value, 1, 16), string.sub(value, 17, 17)
  if #value > 31 then
    ends = tonumber(string.sub(value, 18, 30)) or 0
    if ends > now then
      held, holder = 1, string.sub(value, 32)
      if holder == me then mine = last end
    elseif string.sub(value, 31, 31) == '?' then
      silent = { string.sub(value, 32) }
    end
  end
elseif not value then
  -- It was evicted or deleted, and the line was not: who gets the lease now must not stand there as well.
  redis.call('ZREM', queue, me)
end
local lined = line == '!'

local function new_token()
  if micros <= last and tonumber(last) then return string.format('%.0f', last + 1) end
  return micros
end

-- For how long the key is kept: as long as the lease at least, and an hour from the time of the token.
local function life(ms)
  if last > micros then return math.max(ms, 3600000 + string.sub(last, 1, 13) - now) end
  return ms > 3600000 and ms or '3600000'
end

-- Lets somebody hold it for so many ms.
local function give(id, ms, token, turn)
  last, held, ends, holder = token, 1, now + ms, id
  if id == me then mine = token end
  redis.call('SET', lease, token .. line .. ends .. (turn or ' ') .. id, 'PX', life(ms))
end

-- Nobody holds it. Written only when those in line have been asked and none of them takes it.
local dropped = false
local function drop()
  held, dropped = 0, true
end
local function settle()
  if dropped and held == 0 then redis.call('SET', lease, last .. line, 'PX', life(0)) end
end

local function mark(sign)
  line = sign
  if not dropped then redis.call('SETRANGE', lease, 16, sign) end
end
