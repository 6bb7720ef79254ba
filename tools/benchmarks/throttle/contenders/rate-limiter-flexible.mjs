import { ioredisClient, ioredisVersion } from '../../lib/ioredis-client.mjs';
import { peerVersion } from '../../lib/package-version.mjs';

const library = `rate-limiter-flexible ${peerVersion('rate-limiter-flexible')} (ioredis ${ioredisVersion})`;
const wiki = 'https://github.com/animir/node-rate-limiter-flexible/wiki';

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'rate-limiter-flexible',
    title: 'rate-limiter-flexible',
    library,
    setUp:
      '`new RateLimiterRedis({ storeClient, points, duration, keyPrefix })`, `consume(client)`; several limits: `RateLimiterUnion`',
    docs: `${wiki}/Redis`,
    groups: ['allowed', 'denied', 'three', 'edge', 'lost'],
    open: (url) => open(url, () => ({})),
  },
  {
    id: 'rate-limiter-flexible-block',
    title: 'rate-limiter-flexible, in-memory block',
    library,
    setUp: 'the same with `inMemoryBlockOnConsumed: points`',
    docs: `${wiki}/In-memory-Block-Strategy`,
    groups: ['allowed', 'denied'],
    open: (url) => open(url, ({ quota }) => ({ inMemoryBlockOnConsumed: quota })),
  },
  {
    id: 'rate-limiter-flexible-insured',
    title: 'rate-limiter-flexible, insured',
    library,
    setUp:
      'the same with `insuranceLimiter: new RateLimiterMemory(…)`, `rejectIfRedisNotReady: true`, and `enableOfflineQueue: false` for the connection',
    docs: `${wiki}/Insurance-Strategy`,
    groups: ['lost'],
    open: (url) => open(url, insured, { enableOfflineQueue: false }),
  },
];

async function open(url, optionsOf, connection) {
  const limiters = await import('rate-limiter-flexible');
  const { RateLimiterRedis, RateLimiterUnion } = limiters.default;
  const storeClient = await ioredisClient(url, connection);
  const made = (limit) =>
    new RateLimiterRedis({
      storeClient,
      points: limit.quota,
      duration: limit.seconds,
      keyPrefix: `rlflx-${limit.name}`,
      ...optionsOf(limit, limiters.default),
    });
  const decide = (limiter) => (client) => limiter.consume(client).then(passes, isDenied);
  return {
    limiter: (limit) => decide(made(limit)),
    limiters: (limits) => decide(new RateLimiterUnion(...limits.map(made))),
    close: () => storeClient.quit(),
  };
}

function insured({ quota, seconds }, { RateLimiterMemory }) {
  return {
    insuranceLimiter: new RateLimiterMemory({ points: quota, duration: seconds }),
    rejectIfRedisNotReady: true,
  };
}

function passes() {
  return true;
}

/** It rejects with the state of the limit when the client may not pass, and with an error when something failed. */
function isDenied(reason) {
  if (reason instanceof Error) throw reason;
  return false;
}
