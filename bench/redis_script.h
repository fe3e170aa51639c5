/*
 * What inflightd does for a put and a take, as scripts for redis-server: ops of one
 * key are merged, depth and width are bounded, the oldest set is handed out whole.
 * They keep no lease, so the job is done with the take.
 */
#ifndef INFLIGHT_BENCH_REDIS_SCRIPT_H
#define INFLIGHT_BENCH_REDIS_SCRIPT_H

/* KEYS: the queue. ARGV: key, body, depth, width. Returns the set's width, or -1 or -2. */
static const char redis_put_script[] =
	"local set = KEYS[1] .. ':' .. ARGV[1] "
	"local width = redis.call('LLEN', set) "
	"if width == 0 then "
	"  if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[3]) then return -1 end "
	"  redis.call('LPUSH', KEYS[1], ARGV[1]) "
	"elseif width >= tonumber(ARGV[4]) then return -2 end "
	"return redis.call('RPUSH', set, ARGV[2])";

/* Sets of one op, as they are here, come back as that op: the client reads no list. */
static const char redis_take_script[] = "local key = redis.call('RPOP', KEYS[1]) "
					"if not key then return false end "
					"local set = KEYS[1] .. ':' .. key "
					"local ops = redis.call('LRANGE', set, 0, -1) "
					"redis.call('DEL', set) "
					"if #ops == 1 then return ops[1] end "
					"return ops";

#endif
