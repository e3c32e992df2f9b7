-- A tracker with what is kept of it. Evidence of a connected one is left out.
local function state_of(oid)
  local id = key('tracker:' .. oid)
  local status = redis.call('HGET', id, 'status')
  if status == 'connected' then
    local found = redis.call('HMGET', id, 'json', 'trip', 'trip_revision')
    return { found[1], found[2], found[3] or '0', false, false, '0' }
  end
  local found = redis.call('HMGET', id, 'json', 'trip', 'trip_revision', 'fixes', 'evidence', 'evidence_revision')
  return { found[1], found[2], found[3] or '0', found[4], found[5], found[6] or '0' }
end
