import { type RedisCluster, startCluster } from '@sluice/testing-servers';
import type { RatePolicyOptions, Trackers } from '../index';
import { closeThrottlerApps, type ThrottlerApp, throttlerApp } from '../testing/throttler-app';

const WINDOW = 600_000;
const everywhere = true;
const POLICIES: RatePolicyOptions[] = [
  { name: 'flow', quota: 6, window: WINDOW, by: 'user', everywhere },
  { name: 'log', quota: 5, window: WINDOW, by: 'user', exact: true, everywhere },
  { name: 'network', quota: 8, window: WINDOW, by: 'ip', everywhere },
];

describe('on a Cluster', () => {
  let cluster: RedisCluster;
  let apps: ThrottlerApp[];

  beforeAll(async () => {
    cluster = await startCluster();
  });
  beforeEach(async () => {
    const first = await throttlerApp(cluster.addresses, POLICIES);
    apps = [first, await throttlerApp(cluster.addresses, POLICIES, { keyPrefix: first.prefix })];
  });
  afterEach(closeThrottlerApps);
  afterAll(() => cluster.stop());

  const by = (user: string, ip: string): Trackers => ({
    of: (kind) => (kind === 'user' ? `user:${user}` : kind === 'ip' ? `ip:${ip}` : undefined),
  });

  async function allowedOf(count: number, trackers: Trackers): Promise<number> {
    let allowed = 0;
    for (let i = 0; i < count; i++) {
      const app = apps[i % 2] as ThrottlerApp;
      if ((await app.ask(trackers)).verdict === 'allowed') allowed += 1;
    }
    return allowed;
  }

  it('all limits of a tracker hold over all processes, wherever its keys lie', async () => {
    for (let i = 0; i < 12; i++) expect(await allowedOf(8, by(`u${i}`, `net${i}`))).toBe(5);
  });

  it('what one tracker took is given back when another, at another master, denies', async () => {
    // 5 and 3 use up what the network has; the ninth request is denied by it and costs its user nothing.
    expect(await allowedOf(5, by('a', 'shared'))).toBe(5);
    expect(await allowedOf(3, by('b', 'shared'))).toBe(3);
    expect(await allowedOf(2, by('b', 'shared'))).toBe(0);
    expect(await allowedOf(4, by('b', 'other'))).toBe(2);
  });

  it('the contract of @nestjs/throttler holds', async () => {
    const [here, there] = apps as [ThrottlerApp, ThrottlerApp];
    for (let i = 0; i < 8; i++) {
      const hit = (app: ThrottlerApp) => app.storage.increment(`key${i}`, WINDOW, 2, WINDOW, 'default');
      await hit(here);
      expect(await hit(there)).toMatchObject({ isBlocked: false });
      expect(await hit(here)).toMatchObject({ isBlocked: true });
      expect(await hit(there)).toMatchObject({ isBlocked: true });
    }
  });
});
