-- The oldest entries of a queue, for whoever holds its lease: while that is held by another, there is nothing to be had.
local queue, holder, lease_ms, most = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local lease = key(queue .. '-lease')
local current = redis.call('GET', lease)
if current and current ~= holder then return {} end
local entries = redis.call('ZRANGE', key(queue), 0, most - 1)
if #entries > 0 then redis.call('SET', lease, holder, 'PX', lease_ms) elseif current then redis.call('DEL', lease) end
return entries
