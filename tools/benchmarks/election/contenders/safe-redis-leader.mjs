import { createHash } from 'node:crypto';
import { endOfKey } from '../../lib/end-of-key.mjs';
import { ioredisClient, ioredisVersion } from '../../lib/ioredis-client.mjs';
import { peerVersion } from '../../lib/package-version.mjs';
import { LEASE_MS, WAIT_MS } from '../contender.mjs';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'safe-redis-leader',
    title: 'safe-redis-leader',
    library: `safe-redis-leader ${peerVersion('safe-redis-leader')} (ioredis ${ioredisVersion})`,
    setUp: `\`createSafeRedisLeader({ asyncRedis, key, ttl: ${LEASE_MS}, wait: ${WAIT_MS} })\` (the example of its README waits three seconds); events \`elected\` and \`demoted\`, \`stop()\``,
    docs: 'https://www.npmjs.com/package/safe-redis-leader',
    rhythm: WAIT_MS,
    open,
    endsAt: (client, name) => endOfKey(client, hashed(name)),
  },
];

async function open(url) {
  const { createSafeRedisLeader } = (await import('safe-redis-leader')).default;
  const client = await ioredisClient(url);
  return {
    join: async (key, { elected, stopped }) => {
      const leader = await createSafeRedisLeader({ asyncRedis: client, ttl: LEASE_MS, wait: WAIT_MS, key });
      leader.on('elected', elected);
      leader.on('demoted', stopped);
      leader.on('error', () => undefined);
      await leader.elect();
      return { leave: () => leader.stop() };
    },
    close: () => client.quit(),
  };
}

function hashed(key) {
  return `leader:${createHash('sha1').update(key).digest('hex')}`;
}
