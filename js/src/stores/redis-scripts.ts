// What stores in Redis ask of it: each is one script, and so done as a whole or not at all.

// KEYS: the hash of the store, the hash of its records. A holder has a key of its own, which expires.

// A script that begins with a deletion may write in a full server, too: so that a store can be opened, and something deleted.

/** KEYS: the holder. ARGV: milliseconds. */
const SAY_THERE = `
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])`;

/** ARGV: owner, what keys of holders begin with. */
const TAKE = `
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] and redis.call('EXISTS', ARGV[2] .. string.match(owner, '^[^:]*')) == 1 then return false end
redis.call('HDEL', KEYS[1], 'owner')
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
redis.call('HSETNX', KEYS[1], 'form', 1)
return {redis.call('HINCRBY', KEYS[1], 'fence', 1), redis.call('HINCRBY', KEYS[1], 'commits', 0)}`;

/** ARGV: owner. */
const RETAKE = `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return false end
redis.call('HDEL', KEYS[1], 'owner')
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
return {redis.call('HINCRBY', KEYS[1], 'fence', 1), redis.call('HINCRBY', KEYS[1], 'commits', 0)}`;

/** ARGV: owner. */
const RELEASE = `
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then redis.call('HDEL', KEYS[1], 'owner') end`;

const LOAD = `
return {redis.call('HGET', KEYS[1], 'form'), redis.call('HGETALL', KEYS[2])}`;

/** ARGV: owner, fence, commits. */
const IF_HELD = `
local now = redis.call('HMGET', KEYS[1], 'owner', 'fence', 'commits')
if now[1] ~= ARGV[1] or now[2] ~= ARGV[2] then return 'lost' end
if now[3] ~= ARGV[3] then return tonumber(now[3]) < tonumber(ARGV[3]) and 'behind' or 'changed' end`;

/** ARGV more: how many headers it may have, '' for none, how many records to delete, their names, names and bytes to put. */
const COMMIT = `${IF_HELD}
local header = redis.call('HGET', KEYS[2], 'header') or ''
local at, is_known = 5 + ARGV[4], false
for i = 5, at - 1 do is_known = is_known or ARGV[i] == header end
if not is_known then return 'changed' end
local function each(command, from, to)
  for i = from, to, 1000 do redis.call(command, KEYS[2], unpack(ARGV, i, math.min(i + 999, to))) end
end
each('HDEL', at + 1, at + ARGV[at])
each('HSET', at + 1 + ARGV[at], #ARGV)
redis.call('HINCRBY', KEYS[1], 'commits', 1)
return 'made'`;

const CLEAR = `${IF_HELD}
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'form', 1)
redis.call('HINCRBY', KEYS[1], 'commits', 1)
return 'made'`;

export { CLEAR, COMMIT, LOAD, RELEASE, RETAKE, SAY_THERE, TAKE };
