-- Ends open commands that expired, but not those whose answer may still come: gives their numbers.
local now, sent_before, most = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local expired = {}
-- Those that may still be answered were sent within the last minute: they are few.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('commands-expiry'), '-inf', now, 'LIMIT', 0, 10 * most)) do
  local sent_at = redis.call('HGET', key('command:' .. id), 'sent_at')
  if #expired < most and (not sent_at or tonumber(sent_at) <= sent_before) then
    set_command_status(id, 'expired')
    expired[#expired + 1] = id
  end
end
return expired
