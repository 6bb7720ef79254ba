import { endOfOurLease } from '../../lib/our-lease.mjs';
import { workspaceVersion } from '../../lib/package-version.mjs';
import { LEASE_MS } from '../contender.mjs';

const PREFIX = 'ours:';
// The defaults are 15, 10 and 2 s; a fifth of them, as the lease is.
const timing = { leaseDuration: LEASE_MS, renewDeadline: 2_000, retryPeriod: 400 };

/** @type {import('../contender.mjs').Mode[]} */
export const modes = [
  {
    id: 'ours',
    title: 'Sluice',
    library: `@sluice/data-access-redis (ioredis ${workspaceVersion('node_modules/ioredis')})`,
    setUp: `\`RedisModule\` with its defaults; \`join(name, { leaseDuration: ${LEASE_MS}, renewDeadline: ${timing.renewDeadline}, retryPeriod: ${timing.retryPeriod}, … })\` (the defaults, divided by five); \`leave()\``,
    docs: 'libs/data-access-redis',
    rhythm: timing.retryPeriod,
    open,
    endsAt: (client, name) => endOfOurLease(client, `${PREFIX}leader:{${name}}`),
  },
];

async function open(url) {
  await import('reflect-metadata');
  const { NestFactory } = await import('@nestjs/core');
  const { RedisLeaderElectionService, RedisModule } = await import('@sluice/data-access-redis');
  const app = await NestFactory.createApplicationContext(RedisModule.forRoot({ url, keyPrefix: PREFIX }), {
    logger: ['error'], // That a leader lost its lease is what is measured here, and warned of.
  });
  const elections = app.get(RedisLeaderElectionService);
  return {
    join: (name, { elected, stopped }) =>
      new Promise((resolve) => {
        const candidate = elections.join(name, {
          ...timing,
          onStartedLeading: async (signal) => {
            elected();
            await new Promise((end) => signal.addEventListener('abort', end));
            stopped();
          },
          onNewLeader: () => resolve({ leave: () => candidate.leave(), isLeader: () => candidate.isLeader }),
        });
      }),
    close: () => app.close(),
  };
}
