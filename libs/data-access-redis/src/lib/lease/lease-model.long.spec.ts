import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { soakSeed } from '../../testing/fleet/run-soak';
import { checkLeases } from '../../testing/lease-model/check-leases';
import { leaseServer } from '../../testing/lease-model/lease-server';
import { closeRedisApps } from '../../testing/redis-test-app';

describe('the scripts of leases', () => {
  let server: RedisProcess;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(closeRedisApps);
  afterAll(() => server.stop());

  it('do what the model says in 20,000 sequences of commands', async () => {
    const seed = soakSeed();
    const leases = await leaseServer(server.url);
    const { commands, failure } = await checkLeases(leases, { seed, sequences: 20_000 });
    process.stdout.write(`leases against the model, FLEET_SEED=${seed}: ${commands} commands\n`);
    expect(failure).toBeUndefined();
  }, 600_000);
});
