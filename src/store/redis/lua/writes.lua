-- Reads ARGV from a place on, one value after another.
local at = 0

local function take()
  at = at + 1
  return ARGV[at]
end

local function take_number()
  return tonumber(take())
end

local function take_tracker()
  return {
    oid = take(),
    json = take(),
    revision = take(),
    status = take(),
    provider = take(),
    company = take(),
    deleted = take(),
    names = { take(), take(), take() },
  }
end

local function holder_field(provider, tracker_key)
  return provider .. '\0' .. tracker_key
end

-- The oid of the active tracker that holds this tracker's id at its provider, false where none does.
local function holder_of(tracker)
  return redis.call('HGET', key('holders'), holder_field(tracker.provider, tracker.names[1]))
end

local function forget_places(oid)
  local old = redis.call('HMGET', key('tracker:' .. oid), 'status', 'provider', 'company', 'name1', 'name2', 'name3')
  local status, provider, company = old[1], old[2], old[3]
  if not status then return end
  redis.call('HINCRBY', key('counts'), provider .. '\0' .. status, -1)
  for i = 4, 6 do
    if old[i] ~= '' then redis.call('ZREM', key('names'), old[i] .. '\0' .. oid) end
  end
  redis.call('SREM', key('active:' .. company), oid)
  redis.call('ZREM', key('company:' .. company), oid)
  local field = holder_field(provider, old[4])
  if redis.call('HGET', key('holders'), field) == oid then redis.call('HDEL', key('holders'), field) end
end

local function write_tracker(t)
  local oid = t.oid
  forget_places(oid)
  redis.call('HSET', key('tracker:' .. oid), 'json', t.json, 'revision', t.revision, 'status', t.status, 'provider', t.provider,
    'company', t.company, 'name1', t.names[1], 'name2', t.names[2], 'name3', t.names[3])
  redis.call('HINCRBY', key('counts'), t.provider .. '\0' .. t.status, 1)
  for i = 1, 3 do
    if t.names[i] ~= '' then redis.call('ZADD', key('names'), 0, t.names[i] .. '\0' .. oid) end
  end
  if t.status ~= 'disconnected' then
    redis.call('SADD', key('active:' .. t.company), oid)
    redis.call('HSET', key('holders'), holder_field(t.provider, t.names[1]), oid)
  end
  if t.deleted == '1' then
    redis.call('ZREM', key('oids'), oid)
  else
    redis.call('ZADD', key('oids'), 0, oid)
    redis.call('ZADD', key('company:' .. t.company), 0, oid)
  end
  redis.call('ZADD', key('changes'), redis.call('INCR', key('change')), oid)
end

-- Rows on their way to ClickHouse: table and row.
local function take_outbox()
  for _ = 1, take_number() do
    local id = redis.call('INCR', key('outbox-id'))
    redis.call('ZADD', key('outbox'), id, id .. ' ' .. take() .. ' ' .. take())
  end
end

-- The transitions of a change, each of which leaves a notice, and its outbox.
local function take_history(tracker)
  for _ = 1, take_number() do
    local transition = take()
    redis.call('RPUSH', key('history:' .. tracker.oid), transition)
    local id = redis.call('INCR', key('notice-id'))
    redis.call('ZADD', key('notices'), id, id .. ' ' .. tracker.json .. '\n' .. transition)
  end
  take_outbox()
end
