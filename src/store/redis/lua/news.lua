-- What the book does not know yet: the position of its spool, and trackers changed since its mark with what is kept of them.
local fresh, spool, known, since, most = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local current = identity(fresh)
local anew = 0
if known ~= current then
  anew = 1
  since = '0'
end
local changed = redis.call('ZRANGEBYSCORE', key('changes'), '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local told = { current, anew, redis.call('HGET', key('applied'), spool) or '0', since, #changed == 2 * most and 1 or 0 }
for i = 1, #changed, 2 do
  told[#told + 1] = state_of(changed[i])
  told[4] = changed[i + 1]
end
return told
