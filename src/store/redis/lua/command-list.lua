-- Commands of one list, upwards or downwards from a number, some looked at in one call: how far it has come, empty at the end, and
-- those in the status asked for.
local list, direction, from, status, most, looked = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local ids
if direction == 'up' then
  ids = redis.call('ZRANGEBYSCORE', key(list), '(' .. from, '+inf', 'LIMIT', 0, looked)
else
  ids = redis.call('ZREVRANGEBYSCORE', key(list), from == '' and '+inf' or '(' .. from, '-inf', 'LIMIT', 0, looked)
end
local found = { #ids == looked and ids[#ids] or '' }
for _, id in ipairs(ids) do
  local command = key('command:' .. id)
  if status == '' or redis.call('HGET', command, 'status') == status then
    found[#found + 1] = { id, redis.call('HGETALL', command) }
    if #found > most then
      found[1] = ''
      return found
    end
  end
end
return found
