-- Forgets where a tracker has been, and its trips that are on their way to ClickHouse.
local oid = ARGV[2]
redis.call('HDEL', key('tracker:' .. oid), 'fixes', 'evidence', 'evidence_revision', 'trip', 'trip_revision')
for _, entry in ipairs(redis.call('ZRANGE', key('outbox'), 0, -1)) do
  local table, row = string.match(entry, '^%d+ (%a+) (.*)$')
  if table == 'trips' and cjson.decode(row)['tracker_oid'] == oid then redis.call('ZREM', key('outbox'), entry) end
end
