-- What each gateway has heard of an ident, and the numbers written since, empty where none were; for each spelling of a name, or for
-- each of the strangers heard last.
local spools = redis.call('SMEMBERS', key('spools'))

local function heard_of(ident)
  local parts = {}
  for _, spool in ipairs(spools) do
    local part = redis.call('HGET', key('heard:' .. spool), ident)
    if part then
      parts[#parts + 1] = part
      parts[#parts + 1] = redis.call('HGET', key('heard-numbers:' .. spool), ident) or ''
    end
  end
  return parts
end

local found = {}
if ARGV[2] == 'named' then
  local from = ARGV[3] .. '\0'
  for _, member in ipairs(redis.call('ZRANGEBYLEX', key('heard-names'), '[' .. from, '(' .. ARGV[3] .. '\1')) do
    found[#found + 1] = heard_of(member:sub(#from + 1))
  end
else
  for _, ident in ipairs(redis.call('ZREVRANGE', key('strangers'), 0, tonumber(ARGV[3]) - 1)) do
    found[#found + 1] = heard_of(ident)
  end
end
return found
