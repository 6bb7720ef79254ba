import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@sluice/testing-servers';
import { onRedis } from '../lib/on-redis.mjs';
import { say } from '../lib/say.mjs';
import { WARM_USERS } from './cases.mjs';
import { contenders } from './contenders.mjs';
import { kinds } from './kinds.mjs';
import { requireSameRows } from './same-rows.mjs';
import { runDeep } from './run-deep.mjs';
import { runLoss } from './run-loss.mjs';
import { runLost } from './run-lost.mjs';
import { runRates } from './run-rates.mjs';
import { sections } from './sections.mjs';
import { seed } from './seed.mjs';
import { Served } from './served.mjs';
import { targets } from './targets.mjs';

/** @type {import('../lib/run-suite.mjs').Suite} */
export const suite = {
  name: 'api',
  title: 'The API, beside a plain NestJS application',
  measure: (options) =>
    onRedis(
      (redis, meter) => onServers(redis, (served) => measureAll(redis, meter, served, options)),
      (results) => ({ sections: sections(results), targets: targets(results) }),
    ),
};

async function measureAll(redis, meter, served, options) {
  await requireSameRows(served);
  await warm(served, options);
  const empty = () => redis.cli('FLUSHALL');
  const cached = await runRates('cached', served, options, { meter });
  const uncached = await runRates('uncached', served, options, { meter, empty });
  const deep = await runDeep(served.get('ours'), options);
  const killed = await runLoss(redis, served, options);
  await redis.kill();
  const lost = await runLost(served, options);
  return { cached, uncached, deep, killed, lost };
}

/** Each as often as the others: on a slow machine a while is not enough for a server to be as fast as it gets. */
async function warm(served, { quick }) {
  for (const [id, one] of served) {
    for (const { id: kind } of kinds) {
      say(`warming up ${id}, ${kind} …`);
      await one.call('warm', { kind, users: WARM_USERS, requests: quick ? 1_000 : 5_000 }, 120_000);
    }
  }
}

async function onServers(redis, work) {
  const postgres = await startPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const addresses = { REDIS_URL: redis.url, DATABASE_URL: postgres.url, IMAGES_DIR: folder };
  const served = new Map();
  try {
    for (const contender of contenders) {
      say(`starting ${contender.title} …`);
      served.set(contender.id, await Served.start(contender, addresses));
      // The API made the tables.
      if (served.size === 1) await seed(postgres.url);
    }
    return await work(served);
  } finally {
    await Promise.all([...served.values()].map((one) => one.close()));
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
