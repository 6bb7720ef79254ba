import { randomUUID } from 'node:crypto';
import { startRedis, type RedisProcess } from '@sluice/testing-servers';
import type { RatePolicyOptions } from '../index';
import { type Hammered, hammerProcess } from '../testing/hammer-process';

const FOR_MS = 1_500;

let server: RedisProcess;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Two processes, 32 in flight from each. */
async function hammer(policy: RatePolicyOptions): Promise<Hammered[]> {
  const orders = {
    url: server.url,
    keyPrefix: `test-${randomUUID()}:`,
    policy,
    forMs: FOR_MS,
    inFlight: 32,
  };
  const both = await Promise.all([hammerProcess(orders), hammerProcess(orders)]);
  return Promise.all(both.map((begin) => begin()));
}

const POLICY: RatePolicyOptions = { name: 'some', quota: 10, window: 500, by: 'user', everywhere: true };

describe('two processes that ask at once', () => {
  it('are let through together what an even flow allows', async () => {
    const both = await hammer(POLICY);
    const ms = Math.max(...both.map(({ to }) => to)) - Math.min(...both.map(({ from }) => from));
    const allowed = both.reduce((sum, one) => sum + one.allowed, 0);
    for (const { asked } of both) expect(asked).toBeGreaterThan(300);
    expect(allowed).toBeLessThanOrEqual(10 + (ms + 1) / 50);
    expect(allowed).toBeGreaterThanOrEqual(10 + FOR_MS / 50 / 2);
  });

  it('and never more than the quota of an exact limit in any window', async () => {
    const both = await hammer({ ...POLICY, exact: true });
    const stamps = both.flatMap((one) => one.stamps).sort((a, b) => a - b);
    expect(stamps.length).toBeGreaterThanOrEqual(30);
    for (let i = 10; i < stamps.length; i += 1) {
      expect((stamps[i] as number) - (stamps[i - 10] as number)).toBeGreaterThanOrEqual(500_000);
    }
  });
});
