import { createHash } from 'node:crypto';
import { endOfKey } from '../../lib/end-of-key.mjs';
import { ioredisClient, ioredisVersion } from '../../lib/ioredis-client.mjs';
import { peerVersion } from '../../lib/package-version.mjs';
import { LEASE_MS, WAIT_MS } from '../contender.mjs';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'redis-leader',
    title: 'redis-leader',
    library: `redis-leader ${peerVersion('redis-leader')} (ioredis ${ioredisVersion})`,
    setUp: `\`new Leader(client, { key, ttl: ${LEASE_MS}, wait: ${WAIT_MS} })\`; events \`elected\` and \`revoked\`, \`stop()\``,
    docs: 'https://www.npmjs.com/package/redis-leader',
    rhythm: WAIT_MS,
    open,
    endsAt: (client, name) => endOfKey(client, `leader:${createHash('sha1').update(name).digest('hex')}`),
  },
];

async function open(url) {
  const { default: Leader } = await import('redis-leader');
  const client = await ioredisClient(url);
  return {
    join: async (key, { elected, stopped }) => {
      const leader = new Leader(client, { key, ttl: LEASE_MS, wait: WAIT_MS });
      leader.on('elected', elected);
      leader.on('revoked', stopped);
      leader.on('error', () => undefined);
      leader.elect();
      // It says nothing when somebody else leads; on one connection this answer comes after that one.
      await client.ping();
      return { leave: () => leader.stop() };
    },
    close: () => client.quit(),
  };
}
