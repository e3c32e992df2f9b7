-- Documents of a collection: one by its id or its unique key, a page of a company's by id, or what is due.
local how, collection = ARGV[2], ARGV[3]
local ids
if how == 'id' then
  ids = { ARGV[4] }
elseif how == 'key' then
  ids = { redis.call('HGET', collection_key(collection, 'keys'), ARGV[4]) or nil }
elseif how == 'company' then
  local after = ARGV[5]
  local from = after == '' and '-' or '(' .. after
  ids = redis.call('ZRANGEBYLEX', collection_key(collection, 'of:' .. ARGV[4]), from, '+', 'LIMIT', 0, tonumber(ARGV[6]))
else
  ids = redis.call('ZRANGEBYSCORE', collection_key(collection, 'due'), '-inf', ARGV[4], 'LIMIT', 0, tonumber(ARGV[5]))
end
local found = {}
for _, id in ipairs(ids) do found[#found + 1] = document_of(collection, id) or nil end
return found
