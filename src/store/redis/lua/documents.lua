local function collection_key(collection, name)
  return key('documents:' .. collection .. ':' .. name)
end

local function document_key(collection, id)
  return key('document:' .. collection .. ':' .. id)
end

-- The id of the document that holds a unique key, false where none does.
local function holder_of_key(collection, unique_key)
  return unique_key ~= '' and redis.call('HGET', collection_key(collection, 'keys'), unique_key:sub(2))
end

local function forget_document_places(collection, id)
  local old = redis.call('HMGET', document_key(collection, id), 'company', 'unique_key')
  redis.call('ZREM', collection_key(collection, 'of:' .. old[1]), id)
  redis.call('ZREM', collection_key(collection, 'due'), id)
  if old[2] ~= '' then redis.call('HDEL', collection_key(collection, 'keys'), old[2]:sub(2)) end
end

-- A unique key is given with a letter before it, and empty where there is none: it may be empty itself.
local function write_document(collection, id, company, unique_key, due_at, revision, body)
  redis.call('HSET', document_key(collection, id), 'company', company, 'unique_key', unique_key, 'due_at', due_at, 'revision', revision,
    'body', body)
  redis.call('ZADD', collection_key(collection, 'of:' .. company), 0, id)
  if due_at ~= '' then redis.call('ZADD', collection_key(collection, 'due'), due_at, id) end
  if unique_key ~= '' then redis.call('HSET', collection_key(collection, 'keys'), unique_key:sub(2), id) end
end

local function document_of(collection, id)
  local found = redis.call('HMGET', document_key(collection, id), 'company', 'unique_key', 'due_at', 'revision', 'body')
  if not found[1] then return false end
  return { id, found[1], found[2], found[3], found[4], found[5] }
end
