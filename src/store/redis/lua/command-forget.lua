-- Forgets commands that ended and expired before a time.
local ids = redis.call('ZRANGEBYSCORE', key('commands-ended'), '-inf', '(' .. ARGV[2], 'LIMIT', 0, tonumber(ARGV[3]))
for _, id in ipairs(ids) do
  local command = key('command:' .. id)
  local facts = redis.call('HMGET', command, 'name', 'session_id', 'answered_by', 'status')
  redis.call('ZREM', key('commands'), id)
  redis.call('ZREM', key('commands-ended'), id)
  redis.call('ZREM', key('commands-of:' .. facts[1]), id)
  if facts[2] then redis.call('ZREM', key('commands-in:' .. facts[2]), id) end
  if facts[3] then redis.call('HDEL', key('answered'), facts[3]) end
  redis.call('HINCRBY', key('command-counts'), facts[4], -1)
  redis.call('DEL', command)
end
return #ids
