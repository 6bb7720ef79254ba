-- The same as one-holder.lua for a lease that several may hold: a hash of `last`, the highest token given out, and of
-- each holder's id with '<token> <end><turn>'.   ARGV[3] how many may hold it at once
local lease, queue, me, permits = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[3])
local clock = redis.call('TIME')
local micros = clock[1] .. string.sub('00000' .. clock[2], -6)
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local held, mine, ends, holder, silent, latest_end = 0, nil, math.huge, nil, {}, now
local last, fields = '', redis.call('HGETALL', lease)
for i = 1, #fields, 2 do
  local id, value = fields[i], fields[i + 1]
  if id == 'last' then
    last = value
  else
    local till = tonumber(string.sub(value, 18, 30)) or 0
    if till > now then
      held, latest_end = held + 1, math.max(latest_end, till)
      if till < ends then ends, holder = till, id end
      if id == me then mine = string.sub(value, 1, 16) end
    else
      if string.sub(value, 31, 31) == '?' then table.insert(silent, id) end
      redis.call('HDEL', lease, id)
    end
  end
end
if #fields == 0 then redis.call('ZREM', queue, me) end
local lined = redis.call('EXISTS', queue) == 1

local function new_token()
  if micros <= last and tonumber(last) then return string.format('%.0f', last + 1) end
  return micros
end

local function give(id, ms, token, turn)
  if token > last then last, held = token, held + 1 end
  if now + ms < ends then ends, holder = now + ms, id end
  if id == me then mine = token end
  latest_end = math.max(latest_end, now + ms)
  redis.call('HSET', lease, 'last', last, id, token .. ' ' .. now + ms .. (turn or ' '))
  redis.call('PEXPIREAT', lease, math.max(latest_end, string.sub(last, 1, 13) + 3600000))
end

local function drop()
  held = held - 1
  redis.call('HDEL', lease, me)
end

local function settle() end

local function mark() end
