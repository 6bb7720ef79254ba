import { setTimeout as pause } from 'node:timers/promises';
import type { RedisCache, RedisService } from '../../index';
import type { RemoteCalls } from './remote-calls';

/** Many callers of one process for one id. */
export interface Stampede {
  id: string;
  callers: number;
  loadMs: number;
  /** The loader throws, after its time. */
  fails?: boolean;
}

export interface StampedeResult {
  /** What callers got: how many of each value, or of each error's message. */
  got: Record<string, number>;
  /** Until the last had an answer. */
  ms: number;
}

export function stampedeCommands(redis: RedisService, calls: RemoteCalls) {
  let cache: RedisCache<string> | undefined;
  return {
    stampede: async ({ id, callers, loadMs, fails }: Stampede): Promise<StampedeResult> => {
      const asked = (cache ??= redis.cache<string>('stampede', { ttl: 60_000 }));
      const loader = async () => {
        const load = await calls.call<number>('loadBegan', process.pid);
        await pause(loadMs);
        if (fails) throw new Error('the source is broken');
        return `load ${load}`;
      };
      const beganAt = performance.now();
      const answers = await Promise.allSettled(
        Array.from({ length: callers }, () => asked.getOrSet(id, loader)),
      );
      const got: Record<string, number> = {};
      for (const answer of answers) {
        const what = answer.status === 'fulfilled' ? String(answer.value) : (answer.reason as Error).message;
        got[what] = (got[what] ?? 0) + 1;
      }
      return { got, ms: performance.now() - beganAt };
    },
    connected: async () => {
      while (!redis.state.ready) await pause(10);
    },
  };
}
