import { endOfKey } from '../../lib/end-of-key.mjs';
import { ioredisClient, ioredisVersion } from '../../lib/ioredis-client.mjs';
import { peerVersion } from '../../lib/package-version.mjs';

const library = `redlock-universal ${peerVersion('redlock-universal')} (ioredis ${ioredisVersion}; asks for Node 22, runs on 20)`;

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'redlock-universal',
    title: 'redlock-universal',
    library,
    setUp:
      '`createLock({ adapter: new IoredisAdapter(client), key, ttl })`, made once for each key, else its defaults: `retryAttempts: 3, retryDelay: 100, performance: "standard"`; `acquire` and `release`; `using` where it is held for long',
    docs: 'https://github.com/alexpota/redlock-universal#core-api',
    groups: ['cycle', 'contended', 'held'],
    open: (url) => open(url, {}),
    endsAt: endOfKey,
  },
  {
    id: 'redlock-universal-lean',
    title: 'redlock-universal, lean',
    library,
    setUp: 'the same with `performance: "lean"`: without monitoring',
    docs: 'https://github.com/alexpota/redlock-universal#configuration',
    groups: ['cycle'],
    open: (url) => open(url, { performance: 'lean' }),
  },
];

async function open(url, options) {
  const { createLock, IoredisAdapter } = await import('redlock-universal');
  const client = await ioredisClient(url);
  const adapter = new IoredisAdapter(client);
  const locks = new Map();

  function lockOf(key, ttl) {
    let lock = locks.get(key);
    if (!lock) locks.set(key, (lock = createLock({ adapter, key, ttl, ...options })));
    return lock;
  }

  return {
    acquire: async (name, ttl) => {
      const lock = lockOf(name, ttl);
      const held = await lock.acquire();
      return { release: () => lock.release(held) };
    },
    hold: (name, ttl, onLost) =>
      new Promise((resolve, reject) => {
        const work = (signal) => {
          signal.addEventListener('abort', onLost);
          resolve({ isHeld: () => !signal.aborted });
          return new Promise(() => undefined);
        };
        lockOf(name, ttl).using(work).catch(reject);
      }),
    close: () => client.quit(),
  };
}
