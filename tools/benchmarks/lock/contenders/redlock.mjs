import { endOfKey } from '../../lib/end-of-key.mjs';
import { ioredisClient, ioredisVersion } from '../../lib/ioredis-client.mjs';
import { peerVersion } from '../../lib/package-version.mjs';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'redlock',
    title: 'redlock',
    library: `redlock ${peerVersion('redlock')} (ioredis ${ioredisVersion})`,
    setUp:
      '`new Redlock([client])`, the defaults of its README: `retryCount: 10, retryDelay: 200, retryJitter: 200, driftFactor: 0.01, automaticExtensionThreshold: 500`; `acquire` and `release`; `using` where it is held for long',
    docs: 'https://github.com/mike-marcacci/node-redlock#usage',
    groups: ['cycle', 'contended', 'held'],
    open,
    endsAt: endOfKey,
  },
];

async function open(url) {
  const { default: Redlock } = await import('redlock');
  const client = await ioredisClient(url);
  const redlock = new Redlock([client]);
  return {
    acquire: (name, ttl) => redlock.acquire([name], ttl),
    hold: (name, ttl, onLost) =>
      new Promise((resolve, reject) => {
        const work = (signal) => {
          signal.addEventListener('abort', onLost);
          resolve({ isHeld: () => !signal.aborted });
          return new Promise(() => undefined);
        };
        redlock.using([name], ttl, work).catch(reject);
      }),
    close: () => client.quit(),
  };
}
