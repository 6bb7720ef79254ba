import { startRedis } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';
import { soakSeed } from '../../testing/fleet/run-soak';
import { checkLeases } from '../../testing/lease-model/check-leases';
import { LEASE_MUTANTS } from '../../testing/lease-model/lease-mutants';
import { leaseServer } from '../../testing/lease-model/lease-server';
import { closeRedisApps } from '../../testing/redis-test-app';

describe('the scripts of leases', () => {
  let server: RedisProcess;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(closeRedisApps);
  afterAll(() => server.stop());

  it('do what the model says in 500 sequences of commands', async () => {
    const seed = soakSeed();
    const { commands, failure } = await checkLeases(await leaseServer(server.url), { seed, sequences: 500 });
    process.stdout.write(`leases against the model, FLEET_SEED=${seed}: ${commands} commands\n`);
    expect(failure).toBeUndefined();
  });

  // What each lacks shows within a few hundred sequences; some of it only at the beginning of a second.
  it.each(LEASE_MUTANTS)('$file.lua, mutant: $wrong', async (mutant) => {
    const seed = soakSeed();
    const leases = await leaseServer(server.url, mutant);
    const { sequences, failure } = await checkLeases(leases, { seed, sequences: 3_000, atOnce: true });
    const found = failure?.split('\n')[0];
    process.stdout.write(`${mutant.file}: ${mutant.wrong}, FLEET_SEED=${seed}, ${sequences}: ${found}\n`);
    expect(failure).toBeDefined();
  });
});
