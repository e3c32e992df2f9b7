-- Stands before every script. All keys of a namespace share one hash tag, and so one slot of a cluster: ARGV[1] is what they all
-- begin with, KEYS[1] one of them.
local prefix = ARGV[1]

local function key(name)
  return prefix .. name
end

-- Which store this is: `generation` is made with its first key, so another one means other data; the run changes when another server
-- answers, one that was started again or took over, which may have less than the last one had.
local function identity(fresh)
  local generation = redis.call('GET', key('generation'))
  if not generation then
    generation = fresh
    redis.call('SET', key('generation'), generation)
  end
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and info:match('run_id:(%x+)') or ''
  return generation .. '/' .. run
end
