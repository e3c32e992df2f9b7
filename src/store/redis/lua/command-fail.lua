-- Ends a command that is still open.
local status = redis.call('HGET', key('command:' .. ARGV[2]), 'status')
if status ~= 'queued' and status ~= 'sent' then return 0 end
redis.call('HSET', key('command:' .. ARGV[2]), 'result', ARGV[3])
set_command_status(ARGV[2], 'failed')
return 1
