-- Writes a batch of the book, all of it or nothing: what it goes on from is looked at before anything is written.
at = 1
local fresh, known = take(), take()
if known ~= '' and identity(fresh) ~= known then return { 'displaced' } end
local spool, after, seq = take(), take(), take()
if seq ~= '' and (redis.call('HGET', key('applied'), spool) or '0') ~= after then return { 'displaced' } end

local stale = { 'stale' }
for _ = 1, take_number() do
  local oid, field, revision = take(), take(), take()
  if (redis.call('HGET', key('tracker:' .. oid), field) or '0') ~= revision then stale[#stale + 1] = oid end
end
local trips = {}
for i = 1, take_number() do
  local revision, oid, state = string.match(take(), '^(%d+)\n(.-)\n(.*)$')
  trips[i] = { key('tracker:' .. oid), state }
  if (redis.call('HGET', trips[i][1], 'trip_revision') or '0') ~= revision then stale[#stale + 1] = oid end
end
if #stale > 1 then return stale end

for _ = 1, take_number() do
  local tracker = take_tracker()
  write_tracker(tracker)
  take_history(tracker)
end
for _ = 1, take_number() do
  local id = key('tracker:' .. take())
  redis.call('HSET', id, 'fixes', take(), 'evidence', take())
  redis.call('HINCRBY', id, 'evidence_revision', 1)
end
for _, trip in ipairs(trips) do
  redis.call('HSET', trip[1], 'trip', trip[2])
  redis.call('HINCRBY', trip[1], 'trip_revision', 1)
end

-- What each gateway heard stands by itself: who reads it adds it up. Numbers that are newer than the rest stand beside it.
local heard, numbers = key('heard:' .. spool), key('heard-numbers:' .. spool)
for _ = 1, take_number() do
  local ident, name, stranger_at = take(), take(), take()
  redis.call('HSET', heard, ident, take())
  redis.call('HDEL', numbers, ident)
  redis.call('ZADD', key('heard-names'), 0, name .. '\0' .. ident)
  if stranger_at == '' then
    redis.call('ZREM', key('strangers'), ident)
  else
    redis.call('ZADD', key('strangers'), 'GT', stranger_at, ident)
  end
end
for _ = 1, take_number() do
  local row, ident = string.match(take(), '^(.-)\n(.*)$')
  redis.call('HSET', numbers, ident, row)
end
redis.call('SADD', key('spools'), spool)
local spools = redis.call('SMEMBERS', key('spools'))
for _ = 1, take_number() do
  local ident, name = take(), take()
  redis.call('HDEL', heard, ident)
  redis.call('HDEL', numbers, ident)
  local is_known = false
  for _, other in ipairs(spools) do
    is_known = is_known or redis.call('HEXISTS', key('heard:' .. other), ident) == 1
  end
  if not is_known then
    redis.call('ZREM', key('strangers'), ident)
    redis.call('ZREM', key('heard-names'), name .. '\0' .. ident)
  end
end

take_outbox()
settle_answers()
if seq ~= '' then redis.call('HSET', key('applied'), spool, seq) end
return { 'committed' }
