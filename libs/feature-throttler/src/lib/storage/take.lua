-- Takes from all limits of one tracker, or from none of them. Times are in µs, by the clock of the server.
-- KEYS      the state of each limit, a flow as in flow.lua or a log; all carry the hash tag of the tracker
-- ARGV      three numbers for each
--             an even flow:  0 (-1 when costs are no whole ms), what the request costs, how far ahead it may run
--             an exact log:  the quota, the window, as how many the request counts
-- Returns   for each limit
--             an even flow:  how far ahead of time it would run with the request; when that is too far, it refuses
--             an exact log:  how many are in the window, and the time until there is room for more;
--                            when it refuses, -1 - how many, and the time until there is room for the request
--           and in the end, when there is a log, the time under which the request stands there (for give-back.lua)
-- When one refuses, nothing is taken, so asking while denied costs the client nothing.
-- Running it twice counts twice. Nothing runs it twice: a call is repeated only after NOSCRIPT, which has not run.
local reply, news, lives, refused, now = {}, {}, {}, false, nil

for i, key in ipairs(KEYS) do
  local quota, a, b = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  if quota <= 0 then
    local cost, tolerance = a, b
    local ahead = redis.call('PTTL', key) * 1000
    if quota < 0 and ahead > 0 then ahead = ahead - (tonumber(redis.pcall('GET', key)) or 0) end
    if ahead < 0 then
      ahead = 0
    elseif ahead > tolerance then
      ahead = tolerance
      redis.call('PEXPIRE', key, math.floor(tolerance / 1000))
    end
    ahead = ahead + cost
    if ahead > tolerance then refused = true end
    reply[#reply + 1] = ahead
    lives[i] = math.ceil(ahead / 1000)
    news[i] = lives[i] * 1000 - ahead
  else
    local window, cost = a, b
    if not now then
      local clock = redis.call('TIME')
      now = clock[1] * 1000000 + clock[2]
    end
    local log = redis.pcall('GET', key)
    if type(log) ~= 'string' or #log % 16 ~= 0 or string.find(log, '%D') then log = '' end
    local first = 1
    while first < #log and tonumber(string.sub(log, first, first + 15)) <= now - window do first = first + 16 end
    log = string.sub(log, first)
    -- Written by a clock that has been set back since.
    if log ~= '' and tonumber(string.sub(log, -16)) > now + window then log = '' end
    local count = #log / 16
    local gone = count + cost - quota
    if gone > 0 then
      refused = true
      reply[#reply + 1] = -1 - count
      reply[#reply + 1] = tonumber(string.sub(log, 16 * gone - 15, 16 * gone)) + window - now
    else
      log = log .. string.rep(string.format('%016.0f', now), cost)
      reply[#reply + 1] = count + cost
      reply[#reply + 1] = tonumber(string.sub(log, 1, 16)) + window - now
      news[i], lives[i] = log, math.ceil(window / 1000)
    end
  end
end

if not refused then
  for i, key in ipairs(KEYS) do redis.call('SET', key, news[i], 'PX', lives[i]) end
end
if now then reply[#reply + 1] = now end
return reply
