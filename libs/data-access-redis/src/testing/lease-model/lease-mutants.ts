/** A script that lacks one of the things that make a lease. */
export interface LeaseMutant {
  /** The file of `lib/lease`, without `.lua`. */
  readonly file: string;
  /** What is wrong with it. */
  readonly wrong: string;
  readonly find: string;
  readonly put: string;
}

const TIME_OF_TOKEN = "local micros = clock[1] .. string.sub('00000' .. clock[2], -6)";
const NEVER_BACK = "if micros <= last and tonumber(last) then return string.format('%.0f', last + 1) end";

/** The check against the model must find each out. */
export const LEASE_MUTANTS: readonly LeaseMutant[] = [
  ...of('acquire', [
    ['a holder who asks again is not known', 'if mine or (', 'if ('],
    ['who comes new goes past the line', '(held < permits and not lined)', '(held < permits)'],
    ['who asks again goes to the end of the line', "'NX', ", ''],
    ['who asks does not serve the line', '\nserve(ttl)', ''],
    [
      'what nobody in line wants stays free',
      'if not mine and held < permits then give(me, ttl, new_token()) end',
      '',
    ],
    ['the line has no time-to-live', "redis.call('PEXPIRE', queue, 60000)", ''],
  ]),
  ...of('renew', [
    ['what has run out is prolonged', 'if not mine then return 0 end', ''],
    ['each renewal has a new token', 'tonumber(ARGV[2]), mine', 'tonumber(ARGV[2]), new_token()'],
  ]),
  ...of('release', [
    ['anybody gives it back', 'if mine then drop', 'if holder then drop'],
    ['the next is not let in', '\nserve()', ''],
    ['who leaves stays in line', "redis.call('ZREM', queue, me)", ''],
  ]),
  ...of('release-alone', [
    ['anybody gives it back', 'string.sub(value, 32) == ARGV[1]', 'true'],
    ['the line is not looked at', "string.sub(value, 17, 17) == ' '", 'true'],
  ]),
  ...of('line', [
    ['who is not heard any more is not passed over', '~= 0', '~= nil'],
    ['who stands still keeps its places', 'do leave_out(id) end', 'do local _ = id end'],
    ['who asks is taken for one who stands still', 'if string.sub(me, 1, #its) == its then return end', ''],
    ['the last comes first', 'ZPOPMIN', 'ZPOPMAX'],
    [
      'a turn lasts as long as a lease',
      "give(id, turn_ms, token, '?')",
      "give(id, my_ms or 5000, token, '?')",
    ],
    [
      'whose turn it is when asking gets no more than a turn',
      'give(id, my_ms, token)',
      'give(id, 500, token)',
    ],
  ]),
  ...of('one-holder', [
    ['a lease does not end', 'if ends > now then', 'if true then'],
    ['tokens follow a clock that is set back', NEVER_BACK, ''],
    [
      'tokens only count, and begin anew when all is lost',
      TIME_OF_TOKEN,
      "local micros = '1000000000000000'",
    ],
    ['microseconds lose their zeros', TIME_OF_TOKEN, 'local micros = clock[1] .. clock[2]'],
    ['who takes it forgets the line', 'token .. line ..', "token .. ' ' .."],
    ['a token ahead of the clock is forgotten too soon', 'if last > micros then', 'if false then'],
    ['it is gone when it ends, with its token', "ms > 3600000 and ms or '3600000'", 'math.max(ms, 1)'],
  ]),
  ...of('many-holders', [
    ['one more than is allowed', 'tonumber(ARGV[3])', 'tonumber(ARGV[3]) + 1'],
    ['a lease does not end', 'if till > now then', 'if true then'],
    ['tokens follow a clock that is set back', NEVER_BACK, ''],
    ['the highest token is forgotten', "lease, 'last', last, id", 'lease, id'],
    ['another lease is said to end first', 'if till < ends then', 'if till > now then'],
    [
      'it is gone when the newest lease ends',
      'math.max(latest_end, string.sub(last, 1, 13) + 3600000)',
      'now + ms',
    ],
  ]),
];

function of(file: string, changes: readonly (readonly [string, string, string])[]): LeaseMutant[] {
  return changes.map(([wrong, find, put]) => ({ file, wrong, find, put }));
}
