import { setTimeout as pause } from 'node:timers/promises';
import { Coherence } from '../../lib/cache/near/coherence';
import type { RedisCache, RedisService } from '../../index';
import { monotonicNow } from './monotonic';

/** How a value is changed. */
export type Change = 'set' | 'delete';

/** For measuring how long a change takes to reach the near cache of another process. */
export function evictionCommands(redis: RedisService) {
  const evicted = new Map<string, number>();
  let cache: RedisCache<number> | undefined;
  const opened = () => (cache ??= redis.cache<number>('eviction', { ttl: 60_000, near: {} }));

  return {
    /** Resolves when this process keeps all of them near; from then on it notes when they are evicted. */
    keepNear: async (ids: readonly string[]): Promise<void> => {
      const near = opened()['near'];
      while (!ids.every((id) => near?.get(id))) {
        await Promise.all(ids.map((id) => opened().getOrSet(id, () => Promise.resolve(1))));
        await pause(5);
      }
      evicted.clear();
      noteEvictions(opened(), evicted);
    },
    /** When each was evicted. */
    evictions: (): [id: string, at: number][] => [...evicted],
    /** One after the other; resolves to when each change was begun. */
    change: async ({ ids, by, everyMs }: { ids: readonly string[]; by: Change; everyMs: number }) => {
      const begun: [id: string, at: number][] = [];
      for (const id of ids) {
        begun.push([id, monotonicNow()]);
        await (by === 'set' ? opened().set(id, 2) : opened().delete(id));
        await pause(everyMs);
      }
      return begun;
    },
  };
}

let noting = false;

function noteEvictions(cache: RedisCache<number>, evicted: Map<string, number>): void {
  if (noting) return;
  noting = true;
  const changed = Coherence.prototype.changed;
  Coherence.prototype.changed = function (fullKey) {
    changed.call(this, fullKey);
    if (!fullKey.startsWith(cache['keys'].base)) return;
    const id = cache['keys'].idOf(fullKey);
    if (!evicted.has(id)) evicted.set(id, monotonicNow());
  };
}
