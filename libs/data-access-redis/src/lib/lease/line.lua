-- A process that did not take up its turn stands still or is cut off: each of its places would cost the others as much.
-- One that asks just now does not stand still.
local function leave_out(id)
  local its = string.match(id, '^[^/]*/')
  if string.sub(me, 1, #its) == its then return end
  for _, place in ipairs(redis.call('ZRANGE', queue, 0, -1)) do
    if string.sub(place, 1, #its) == its then redis.call('ZREM', queue, place) end
  end
end

-- Gives what is free to those who stand in line, in order, and for `turn_ms`: until they say themselves that they are
-- there. The caller, if it is its turn, gets it whole. Whose process does not hear is passed over: an id begins with the
-- name of the channel on which it is woken, and a slash. Put before this: `channels`, what all channels begin with, and
-- `turn_ms`.
local function serve(my_ms)
  for _, id in ipairs(silent or {}) do leave_out(id) end
  while held < permits do
    local id = redis.call('ZPOPMIN', queue)[1]
    if not id then
      if lined then mark(' ') end
      return
    end
    local token = new_token()
    if id == me then
      give(id, my_ms, token)
    else
      local channel = channels .. string.match(id, '^[^/]*')
      -- Not by the count of PUBLISH: in a Cluster its message would also reach who listens at other nodes only, was not
      -- counted here, and is passed over.
      if redis.pcall('PUBSUB', 'NUMSUB', channel)[2] ~= 0 then
        give(id, turn_ms, token, '?')
        redis.pcall('PUBLISH', channel, 'g' .. id .. ' ' .. token .. ' ' .. now)
      end
    end
  end
end
