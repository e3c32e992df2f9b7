-- Keeps names until a time; the server forgets them by itself.
for i = 3, #ARGV do
  local name = key('name:' .. ARGV[i])
  if redis.call('SET', name, '', 'NX') then redis.call('PEXPIREAT', name, ARGV[2]) end
end
return #ARGV - 2
