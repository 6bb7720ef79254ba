-- Gives back what a request took from limits of one tracker, when it was denied for another reason.
-- KEYS      the state of each limit, as in take.lua; all carry the hash tag of the tracker
-- ARGV      three numbers for each, times in µs
--             an even flow:  0, what the request cost, 0
--             an exact log:  1, the time under which the request stands there, as how many it counted
-- Returns   nothing. What has expired meanwhile is left alone.
-- Running it twice gives back an even flow twice. Nothing runs it twice: when the outcome of a call is unknown, it is
-- not repeated, and the client has lost one request.
for i, key in ipairs(KEYS) do
  local isLog, a, b = ARGV[3 * i - 2] == '1', ARGV[3 * i - 1], tonumber(ARGV[3 * i])
  local state = redis.pcall('GET', key)
  if type(state) ~= 'string' then
    -- Expired, or not ours.
  elseif not isLog then
    local ahead = redis.call('PTTL', key) * 1000 - (tonumber(state) or 0) - a
    if ahead <= 0 then
      redis.call('DEL', key)
    else
      local ms = math.ceil(ahead / 1000)
      redis.call('SET', key, ms * 1000 - ahead, 'PX', ms)
    end
  else
    local at = #state - 15
    while at > 0 and b > 0 do
      if string.sub(state, at, at + 15) == a then
        state = string.sub(state, 1, at - 1) .. string.sub(state, at + 16)
        b = b - 1
      end
      at = at - 16
    end
    if state == '' then redis.call('DEL', key) else redis.call('SET', key, state, 'KEEPTTL') end
  end
end
