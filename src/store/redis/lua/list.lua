-- A page of trackers behind an oid, some looked at in one call: how far it has come, empty at the end, and those that fit.
local company, provider, status, after, most, looked = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local all = key(company == '' and 'oids' or 'company:' .. company)
local oids = redis.call('ZRANGEBYLEX', all, after == '' and '-' or '(' .. after, '+', 'LIMIT', 0, looked)
local found = { #oids == looked and oids[#oids] or '' }
for _, oid in ipairs(oids) do
  local facts = redis.call('HMGET', key('tracker:' .. oid), 'json', 'provider', 'status')
  if (provider == '' or facts[2] == provider) and (status == '' or facts[3] == status) then
    found[#found + 1] = facts[1]
    if #found > most then
      found[1] = ''
      return found
    end
  end
end
return found
