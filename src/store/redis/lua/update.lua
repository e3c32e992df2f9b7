-- Replaces a tracker that is at a revision.
at = 1
local expected = take()
local tracker = take_tracker()
local stored = redis.call('HMGET', key('tracker:' .. tracker.oid), 'revision', 'json')
local holder = tracker.status ~= 'disconnected' and holder_of(tracker)
if holder and holder ~= tracker.oid then return { 'held', redis.call('HGET', key('tracker:' .. holder), 'json') } end
if stored[1] ~= expected then
  -- The same change may come a second time where its answer was lost.
  return { (stored[1] == tracker.revision and stored[2] == tracker.json) and 'updated' or 'stale' }
end
write_tracker(tracker)
take_history(tracker)
return { 'updated' }
