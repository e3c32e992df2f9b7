-- Queues a command; gives its number.
local id = redis.call('INCR', key('command-id'))
local ident, name, expires_at = ARGV[2], ARGV[3], ARGV[8]
redis.call('HSET', key('command:' .. id), 'ident', ident, 'name', name, 'text', ARGV[4], 'addressed', ARGV[5], 'max_attempts', ARGV[6],
  'queued_at', ARGV[7], 'expires_at', expires_at, 'status', 'queued', 'attempts', 0)
redis.call('ZADD', key('commands'), id, id)
redis.call('ZADD', key('commands-open'), id, id)
redis.call('ZADD', key('commands-expiry'), expires_at, id)
redis.call('ZADD', key('commands-of:' .. name), id, id)
redis.call('HINCRBY', key('command-counts'), 'queued', 1)
return id
