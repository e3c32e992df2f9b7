-- The trackers of these oids with what is kept of them.
local states = {}
for i = 2, #ARGV do
  if redis.call('EXISTS', key('tracker:' .. ARGV[i])) == 1 then states[#states + 1] = state_of(ARGV[i]) end
end
return states
