local function set_command_status(id, status)
  local command = key('command:' .. id)
  redis.call('HINCRBY', key('command-counts'), redis.call('HGET', command, 'status'), -1)
  redis.call('HINCRBY', key('command-counts'), status, 1)
  redis.call('HSET', command, 'status', status)
  if status == 'sent' or status == 'queued' then return end
  redis.call('ZREM', key('commands-open'), id)
  redis.call('ZREM', key('commands-expiry'), id)
  redis.call('ZADD', key('commands-ended'), redis.call('HGET', command, 'expires_at'), id)
end

-- Gives answers to the commands they answer. One that comes after its command was given up still counts; one that came before the
-- last sending answers the one before it.
local function settle_answers()
  for _ = 1, take_number() do
    local session, by, answered_at, text, status = take(), take(), take(), take(), take()
    if redis.call('HEXISTS', key('answered'), by) == 0 then
      local last, before
      for _, id in ipairs(redis.call('ZREVRANGE', key('commands-in:' .. session), 0, -1)) do
        local found = redis.call('HMGET', key('command:' .. id), 'answered_at', 'sent_at')
        if found[2] and not found[1] then
          last = last or id
          if not before and tonumber(found[2]) <= tonumber(answered_at) then before = id end
        end
      end
      local id = before or last
      if id then
        redis.call('HSET', key('command:' .. id), 'answered_at', answered_at, 'result', text, 'answered_by', by)
        redis.call('HSET', key('answered'), by, id)
        set_command_status(id, status)
      end
    end
  end
end
