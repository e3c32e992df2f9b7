-- Makes writes of documents in their order, each as if it were alone; tells what came of each.
local outcomes = {}

local function insert(collection, id, company, unique_key, due_at, body)
  if redis.call('EXISTS', document_key(collection, id)) == 1 or holder_of_key(collection, unique_key) then return 'taken' end
  write_document(collection, id, company, unique_key, due_at, 1, body)
  return 'written'
end

local function replace(collection, id, company, unique_key, due_at, body, revision)
  local holder = holder_of_key(collection, unique_key)
  if holder and holder ~= id then return 'taken' end
  if redis.call('HGET', document_key(collection, id), 'revision') ~= revision then return 'stale' end
  forget_document_places(collection, id)
  write_document(collection, id, company, unique_key, due_at, revision + 1, body)
  return 'written'
end

local function remove(collection, id, revision)
  if redis.call('HGET', document_key(collection, id), 'revision') ~= revision then return 'stale' end
  forget_document_places(collection, id)
  redis.call('DEL', document_key(collection, id))
  return 'written'
end

for i = 2, #ARGV, 8 do
  local kind, collection, id, company, unique_key, due_at, body, revision = unpack(ARGV, i, i + 7)
  local outcome
  if kind == 'insert' then
    outcome = insert(collection, id, company, unique_key, due_at, body)
  elseif kind == 'replace' then
    outcome = replace(collection, id, company, unique_key, due_at, body, revision)
  else
    outcome = remove(collection, id, revision)
  end
  outcomes[#outcomes + 1] = outcome
end
return outcomes
