import { every, timed } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import type { Member } from './member';

const EVERY_MS = 25;

/** Writes a value that grows, and reads it in the same process: what it reads is the newest, or a miss. */
export async function writeCache(reporter: Reporter, { redis }: Member): Promise<void> {
  const cache = redis.cache<number>('chaos-write', { ttl: 600_000 });
  let n = 0;
  await every(EVERY_MS, reporter, async () => {
    n += 1;
    const { ms, error } = await timed(() => cache.set('counter', n));
    const read = await timed(() => cache.get('counter'));
    const seen = read.value;
    const failed = error ?? read.error;
    const wrong = failed ? `it threw ${failed.code ?? failed.message}` : undefined;
    reporter.say('cache write', {
      ms: Math.max(ms, read.ms),
      outcome: failed ? 'threw' : seen === n ? 'stored' : 'dropped',
      usual: !failed && seen === n,
      wrong:
        wrong ?? (seen === undefined || seen === n ? undefined : `after ${n} was written, ${seen} was read`),
    });
  });
}
