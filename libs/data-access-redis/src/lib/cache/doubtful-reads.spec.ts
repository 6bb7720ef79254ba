import { startCluster } from '@sluice/testing-servers';
import type { RedisCluster, RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../testing/redis-test-app';
import type { RedisTestApp } from '../../testing/redis-test-app';
import { copied } from '../../testing/replication';
import { RecentWrites } from '../client/recent-writes';
import { keySlot, SLOTS } from '../connection/cluster/key-slot';

jest.setTimeout(90_000);

const PATIENT = { commandTimeoutMs: 30_000, cacheTimeoutMs: 30_000 };
const WITHIN_MS = 30_000;
const OLD = 1;

/** In a Cluster a read is answered in parts, and an invalidation that was lost may be repeated between them. */
describe('a lost invalidation that is repeated in a Cluster', () => {
  let cluster: RedisCluster;
  let app: RedisTestApp;
  let noted: jest.SpyInstance<void, Parameters<RecentWrites['note']>>;
  /** Who serves each third of the slots. */
  let serving: RedisProcess[];
  const frozen = new Set<RedisProcess>();

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1, nodeTimeoutMs: 60_000 });
    serving = [...cluster.masters];
  });
  beforeEach(async () => {
    app = await redisApp(cluster.addresses, PATIENT);
    noted = jest.spyOn(RecentWrites.prototype, 'note');
  });
  afterEach(async () => {
    for (const node of frozen) thaw(node);
    jest.restoreAllMocks();
    await closeRedisApps();
  });
  afterAll(() => cluster.stop());

  const freeze = (node: RedisProcess) => (frozen.add(node), node.freeze());
  const thaw = (node: RedisProcess) => (frozen.delete(node), node.thaw());
  const server = (third: number) => serving[third] as RedisProcess;

  /** A name whose key lies in a third of the slots. */
  function lyingIn(third: number, begin: string): string {
    for (let n = 0; ; n++) {
      if (Math.floor((3 * keySlot(`${app.prefix}${begin}${n}`)) / SLOTS) === third) return String(n);
    }
  }

  /** Its replica takes over, and has missed what `act` did. */
  async function loseTo(third: number, act: () => Promise<void>): Promise<RedisProcess> {
    const master = server(third);
    const replica = cluster.replicas[third] as RedisProcess;
    await copied(master, replica);
    await cluster.stopReplication(master);
    await act();
    await replica.cli('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await until('the master is none', async () => (await master.cli('ROLE')).startsWith('slave'), WITHIN_MS);
    serving[third] = replica;
    noted.mockClear();
    return replica;
  }

  const repeated = (what: string) =>
    until('it is repeated', () => noted.mock.calls.some(([repeat]) => repeat === what), WITHIN_MS);

  it('leaves no hit of what was answered before: the value', async () => {
    const name = `g${lyingIn(1, 'tag:cache:g')}`;
    const id = lyingIn(0, `cache:${name}:`);
    const cache = app.redis.cache<number>(name, { ttl: 600_000 });
    await cache.getOrSet(id, () => Promise.resolve(OLD));
    await loseTo(0, () => cache.delete(id));
    freeze(server(1)); // it has the version of the cache
    const read = cache.get(id);
    await repeated(`cache:${name}:${id}`);
    thaw(server(1));
    expect(await read).toBeUndefined();
  });

  it('leaves no hit of what was answered before: the version of a tag that the loader has added', async () => {
    const name = `g${lyingIn(1, 'tag:cache:g')}`;
    const id = lyingIn(1, `cache:${name}:`);
    const [lost, other] = [`t${lyingIn(2, 'tag:t')}`, `t${lyingIn(0, 'tag:t')}`];
    const cache = app.redis.cache<number>(name, { ttl: 600_000 });
    await cache.getOrSet(id, (call) => {
      call.addTags(lost, other);
      return Promise.resolve(OLD);
    });
    expect(await cache.get(id)).toBe(OLD);
    const successor = await loseTo(2, () => app.redis.invalidateTags([lost]));
    freeze(successor);
    const doubtful = jest.spyOn(RecentWrites.prototype, 'takeDoubtful');
    const told = app.client.get(`job:${lyingIn(2, 'job:')}`);
    await until('it is known', () => doubtful.mock.results.some(({ value }) => value.length > 0), WITHIN_MS);
    freeze(server(0)); // it has the version of the other tag
    const read = cache.get(id);
    thaw(successor);
    await told;
    await repeated(`tag:${lost}`);
    thaw(server(0));
    expect(await read).toBeUndefined();
  });

  it('is looked for once in a turn, in however many slots another serves', async () => {
    const cache = app.redis.cache<number>('many', { ttl: 600_000 });
    const third = (id: string) => Math.floor((3 * keySlot(`${app.prefix}cache:many:${id}`)) / SLOTS);
    const ids = Array.from({ length: 900 }, (_, n) => String(n)).filter((id) => third(id) === 1);
    await loseTo(1, () => cache.delete(ids));
    const looked = jest.spyOn(RecentWrites.prototype, 'takeDoubtful');
    await cache.getMany(ids);
    expect(ids.length).toBeGreaterThan(200);
    expect(looked.mock.calls.length).toBeLessThan(100);
    await Promise.all(ids.map((id) => repeated(`cache:many:${id}`)));
  });
});
