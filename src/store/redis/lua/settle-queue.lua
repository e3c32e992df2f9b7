-- Takes entries out of a queue.
for i = 3, #ARGV do redis.call('ZREMRANGEBYSCORE', key(ARGV[2]), ARGV[i], ARGV[i]) end
return #ARGV - 2
