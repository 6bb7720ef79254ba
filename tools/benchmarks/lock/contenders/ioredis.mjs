import { randomUUID } from 'node:crypto';
import { ioredisClient, ioredisVersion } from '../../lib/ioredis-client.mjs';

const compareAndDelete = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'ioredis',
    title: 'ioredis, bare: SET NX PX, compare-and-delete',
    library: `ioredis ${ioredisVersion}`,
    setUp:
      '`set(key, uuid, "PX", ttl, "NX")`, then a script that deletes the key if it has that value: no waiting, no renewal, no token. The floor',
    docs: 'https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/',
    groups: ['cycle'],
    open,
  },
];

async function open(url) {
  const client = await ioredisClient(url);
  client.defineCommand('compareAndDelete', { numberOfKeys: 1, lua: compareAndDelete });
  return {
    acquire: async (name, ttl) => {
      const value = randomUUID();
      if ((await client.set(name, value, 'PX', ttl, 'NX')) !== 'OK') throw new Error('held by another one');
      return { release: async () => (await client.compareAndDelete(name, value)) === 1 };
    },
    close: () => client.quit(),
  };
}
