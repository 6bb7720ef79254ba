import { endOfKey } from '../../lib/end-of-key.mjs';
import { ioredisClient, ioredisVersion } from '../../lib/ioredis-client.mjs';
import { peerVersion } from '../../lib/package-version.mjs';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'redis-semaphore',
    title: 'redis-semaphore',
    library: `redis-semaphore ${peerVersion('redis-semaphore')} (ioredis ${ioredisVersion})`,
    setUp:
      '`new Mutex(client, name, { lockTimeout: ttl, onLockLost })`, else its defaults: `acquireTimeout: 10_000, retryInterval: 10, refreshInterval: 0.8 × ttl`; `acquire` and `release`',
    docs: 'https://github.com/swarthy/redis-semaphore#mutex',
    groups: ['cycle', 'contended', 'held'],
    open,
    endsAt: (client, name) => endOfKey(client, `mutex:${name}`),
  },
];

async function open(url) {
  const { Mutex } = await import('redis-semaphore');
  const client = await ioredisClient(url);
  return {
    acquire: async (name, lockTimeout) => {
      const mutex = new Mutex(client, name, { lockTimeout });
      await mutex.acquire();
      return mutex;
    },
    hold: async (name, lockTimeout, onLockLost) => {
      const mutex = new Mutex(client, name, { lockTimeout, onLockLost });
      await mutex.acquire();
      return { isHeld: () => mutex.isAcquired };
    },
    close: () => client.quit(),
  };
}
