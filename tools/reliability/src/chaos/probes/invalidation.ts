import { setTimeout as pause } from 'node:timers/promises';
import type { RedisCache } from '@sluice/data-access-redis';
import { now } from '../matrix';
import { every, timed } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import type { Member } from './member';

const IDS = 5;
const EVERY_MS = 60;
const READ_EVERY_MS = 5;

/**
 * Changes the truth, takes its cached copy out of service, and reads in both processes. The one that did it must never
 * see anything older; the other one hears of it in a moment, and must not when it is cut off. The second has a near cache.
 */
export async function invalidate(reporter: Reporter, one: Member, two: Member): Promise<void> {
  const options = { ttl: 600_000, tags: (id: string) => [`chaos:${id}`] };
  const mine = one.redis.cache<number>('chaos-truth', options);
  const theirs = two.redis.cache<number>('chaos-truth', { ...options, near: { maxBytes: 1_048_576 } });
  const truth = new Map<string, number>();
  const announced = new Map<string, number>();
  const changedAt = new Map<string, number>();
  let n = 0;
  const reading = every(READ_EVERY_MS, reporter, () => readOn(reporter, mine, announced));
  await every(EVERY_MS, reporter, async () => {
    const id = `id-${n++ % IDS}`;
    truth.set(id, n);
    changedAt.set(id, now());
    const { ms, error } = await timed(() =>
      n % 2 === 0 ? mine.delete(id) : one.redis.invalidateTags([`chaos:${id}`]),
    );
    announced.set(id, n);
    const first = await look(mine, id, truth);
    const again = await look(mine, id, truth);
    await pause(10);
    const other = `id-${(n + 2) % IDS}`;
    const elsewhere = await look(theirs, other, truth);
    const behind = elsewhere.value < elsewhere.asked && now() - (changedAt.get(other) ?? 0);
    const old = [first, again].find(({ value, asked }) => value < asked);
    reporter.say('invalidation', {
      ms: Math.max(ms, first.ms, again.ms),
      outcome: error ? 'threw' : behind ? 'not heard of elsewhere' : again.loaded ? 'kept for later' : 'sent',
      usual: !error && !again.loaded && !behind,
      ...(error && { wrong: `it threw ${error.message}` }),
      ...(old && { wrong: `after version ${old.asked} was announced, its own process read ${old.value}` }),
      ...(behind && { staleMs: behind }),
    });
  });
  await reading;
}

/**
 * What was announced holds at every later moment, too. Right after it could not be sent there is often no connection
 * to read an old value from; there is one as soon as Redis is connected again and has not been told yet.
 */
async function readOn(
  reporter: Reporter,
  cache: RedisCache<number>,
  announced: ReadonlyMap<string, number>,
): Promise<void> {
  const asked = new Map(announced);
  const { ms, value: found } = await timed(() => cache.getMany([...asked.keys()]));
  for (const [id, version] of asked) {
    const value = found?.get(id);
    if (typeof value !== 'number' || value >= version) continue;
    const wrong = `after version ${version} was announced, its own process read ${value} later`;
    reporter.say('invalidation', { ms, outcome: 'read later', usual: false, wrong });
  }
}

async function look(
  cache: RedisCache<number>,
  id: string,
  truth: ReadonlyMap<string, number>,
): Promise<{ ms: number; value: number; asked: number; loaded: boolean }> {
  const asked = truth.get(id) ?? 0;
  let loaded = false;
  const { ms, value } = await timed(() =>
    cache.getOrSet(id, () => {
      loaded = true;
      return Promise.resolve(truth.get(id) ?? 0);
    }),
  );
  return { ms, value: value ?? 0, asked, loaded };
}
