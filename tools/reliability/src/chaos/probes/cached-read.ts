import { every, timed } from '../processes/every';
import type { Reporter } from '../processes/reporter';
import type { Member } from './member';

const IDS = 20;
const EVERY_MS = 10;

/** Reads what never changes; whoever is not answered from the cache has it loaded at once. */
export async function readCached(reporter: Reporter, { redis }: Member): Promise<void> {
  const cache = redis.cache<string>('chaos-read', { ttl: 600_000 });
  let n = 0;
  await every(EVERY_MS, reporter, async () => {
    const id = `id-${n++ % IDS}`;
    let loaded = false;
    const { ms, value, error } = await timed(() =>
      cache.getOrSet(id, () => {
        loaded = true;
        return Promise.resolve(`value of ${id}`);
      }),
    );
    const wrong = error ? `a read threw ${error.code ?? error.message}` : undefined;
    reporter.say('cached read', {
      ms,
      outcome: error ? 'threw' : loaded ? 'loaded' : 'from the cache',
      usual: !error && !loaded,
      wrong: wrong ?? (value === `value of ${id}` ? undefined : `${id} was read as ${value}`),
    });
  });
}
