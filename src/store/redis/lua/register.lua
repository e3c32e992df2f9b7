-- Adds a tracker with its history; gives the active one that holds its id.
at = 1
local tracker = take_tracker()
local holder = holder_of(tracker)
-- The same registration may come a second time where its answer was lost.
if holder == tracker.oid then return false end
if holder then return redis.call('HGET', key('tracker:' .. holder), 'json') end
write_tracker(tracker)
take_history(tracker)
return false
