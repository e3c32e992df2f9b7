-- Counts sendings of commands that are open, not expired, and have an attempt left; gives their numbers.
local begun = {}
for i = 2, #ARGV, 4 do
  local id, session, protocol, sent_at = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local command = key('command:' .. id)
  local facts = redis.call('HMGET', command, 'status', 'attempts', 'max_attempts', 'expires_at', 'session_id')
  local is_open = facts[1] == 'queued' or facts[1] == 'sent'
  if is_open and tonumber(facts[2]) < tonumber(facts[3]) and tonumber(facts[4]) > tonumber(sent_at) then
    if facts[5] then redis.call('ZREM', key('commands-in:' .. facts[5]), id) end
    redis.call('HINCRBY', command, 'attempts', 1)
    redis.call('HSET', command, 'sent_at', sent_at, 'session_id', session, 'protocol', protocol)
    set_command_status(id, 'sent')
    redis.call('ZADD', key('commands-in:' .. session), sent_at, id)
    begun[#begun + 1] = id
  end
end
return begun
