-- Which of these names are kept.
local found = {}
for i = 2, #ARGV do
  if redis.call('EXISTS', key('name:' .. ARGV[i])) == 1 then found[#found + 1] = ARGV[i] end
end
return found
