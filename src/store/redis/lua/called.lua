-- The trackers that go by a name: an oid, or one of their ids in the form in which those are compared.
local oids = {}
if redis.call('EXISTS', key('tracker:' .. ARGV[2])) == 1 then oids[ARGV[2]] = true end
if ARGV[3] ~= '' then
  local from = ARGV[3] .. '\0'
  for _, member in ipairs(redis.call('ZRANGEBYLEX', key('names'), '[' .. from, '(' .. ARGV[3] .. '\1')) do
    oids[member:sub(#from + 1)] = true
  end
end
local found = {}
for oid in pairs(oids) do found[#found + 1] = redis.call('HGET', key('tracker:' .. oid), 'json') end
return found
