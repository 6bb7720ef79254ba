import { randomUUID } from 'node:crypto';
import { startCluster } from '@sluice/testing-servers';
import type { RedisCluster, RedisProcess } from '@sluice/testing-servers';
import { ServerSubscriptions } from '../../client/subscriptions';
import type { RedisConnection } from '../redis-connection';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import { keySlot, SLOTS, tagOfSlot } from './key-slot';

describe('a Cluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterEach(closeRedisApps);
  afterAll(() => cluster.stop());

  const another = (node: RedisProcess) => cluster.masters.find((other) => other !== node) as RedisProcess;

  /** How often it was asked for what was still on its way to it. */
  async function asked(node: RedisProcess): Promise<number> {
    const statistics = await node.cli('INFO', 'commandstats');
    return Number(/^cmdstat_asking:calls=(\d+)/m.exec(statistics)?.[1] ?? 0);
  }

  it('hashes keys as the server does', async () => {
    const keys = [
      '',
      'a',
      '{user}:1',
      'a{}b',
      'a{b',
      '{a}{b}',
      'a{b}c}',
      '{}',
      '}{x}',
      'grün{ü}😀',
      'x'.repeat(300),
    ];
    for (let i = 0; i < 20; i++) keys.push(randomUUID());
    for (const key of keys.slice(1)) expect([key, keySlot(key)]).toEqual([key, await cluster.slotOf(key)]);
  });

  it('finds a tag for every slot', () => {
    for (let slot = 0; slot < SLOTS; slot += 127) expect(keySlot(`{${tagOfSlot(slot)}}`)).toBe(slot);
  });

  it('is found by one of its nodes, and used by one connection to each master', async () => {
    const { client, redis } = await redisApp([cluster.addresses[1] as string]);
    expect(redis.state).toMatchObject({
      status: 'ready',
      ready: true,
      cluster: { masters: 3, ready: 3 },
      server: { version: expect.any(String), protocol: 3 },
    });
    await client.ping();
    for (const master of cluster.masters) {
      const names = (await master.cli('CLIENT', 'LIST')).match(/name=sluice:\w+/g);
      expect(names).toEqual(['name=sluice:cmd']);
    }
  });

  it('keeps and finds keys on all of them, one by one and many at once', async () => {
    const { client } = await redisApp(cluster.addresses);
    const keys = Array.from({ length: 50 }, (_, i) => `job:${i}` as const);
    await Promise.all(keys.map((key, i) => client.set(key, String(i), { ttl: 60_000 })));
    expect(await client.getMany([...keys, 'job:none'])).toEqual([...keys.map((_, i) => String(i)), null]);
    expect(await client.get('job:7')).toBe('7');
    expect(await Promise.all(keys.map((key) => client.increment(key, { ttl: 60_000 })))).toEqual(
      keys.map((_, i) => i + 1),
    );
    expect(await client.setFenced('job:7', 'x', { ttl: 60_000, fencingToken: 2 })).toBe(true);
    expect(await client.setFenced('job:7', 'y', { ttl: 60_000, fencingToken: 1 })).toBe(false);
    for (const key of ['job:{7}', 'job:7}', 'job:{}7', 'job:}{7'] as const) {
      expect(await client.setFenced(key, 'x', { ttl: 60_000, fencingToken: 2 })).toBe(true);
      expect(await client.setFenced(key, 'y', { ttl: 60_000, fencingToken: 1 })).toBe(false);
    }
    expect(await client.delete(...keys, 'job:none')).toBe(50);
    for (const master of cluster.masters) {
      expect(await master.cli('INFO', 'commandstats')).toMatch(/cmdstat_evalsha:/);
    }
  });

  it('says that the keys of one operation must share a hash tag', async () => {
    const { client } = await redisApp(cluster.addresses);
    const script = client.defineScript({
      name: 'two',
      lua: 'return redis.call("MGET", KEYS[1], KEYS[2])',
      parse: String,
    });
    await expect(script.run({ keys: ['job:a', 'job:b'] })).rejects.toMatchObject({
      code: 'REDIS_USAGE',
      reason: 'CROSSSLOT',
      message: expect.stringContaining('{hash tag}'),
    });
    await script.run({ keys: ['job:{a}1', 'job:{a}2'] });
  });

  it('delivers a message once, and tells its sender how many heard it', async () => {
    const sender = await redisApp(cluster.addresses);
    const apps = await Promise.all(
      [1, 2].map(() => redisApp(cluster.addresses, { keyPrefix: sender.prefix })),
    );
    const heard: string[] = [];
    const channels = Array.from({ length: 12 }, (_, i) => `c${i}`);
    for (const { client } of apps) {
      for (const channel of channels) await client.subscribe(channel, (message) => heard.push(message));
    }
    for (const channel of channels) expect(await sender.client.publish(channel, channel)).toBe(2);
    await until('all is heard', () => heard.length >= 24);
    await sender.client.ping();
    expect(heard.sort()).toEqual([...channels, ...channels].sort());
  });

  it('grants a lock to nobody whom the master of the lock does not hear, though others do', async () => {
    const holder = await redisApp(cluster.addresses);
    const keyPrefix = holder.prefix;
    const lock = await holder.locks.acquire('a', { ttl: 30_000 });
    const master = await cluster.ownerOf(keySlot(`${keyPrefix}lock:{a}`));

    const add = ServerSubscriptions.prototype.add;
    const deaf = jest.spyOn(ServerSubscriptions.prototype, 'add').mockImplementation(function (
      this: ServerSubscriptions,
      ...words
    ) {
      const { port } = (this as unknown as { cmd: RedisConnection }).cmd.state.server;
      return port === master.port
        ? Promise.resolve({ close: () => Promise.resolve() })
        : add.apply(this, words);
    });
    const unheard = await redisApp(cluster.addresses, { keyPrefix });
    let holds = false;
    const first = unheard.locks.acquire('a', { ttl: 30_000, wait: 30_000 }).then((its) => {
      holds = true;
      return its;
    });
    const inLine = (count: number) => async () =>
      Number(await master.cli('ZCARD', `${keyPrefix}lock:{a}:queue`)) === count;
    await until('it stands in line', inLine(1));
    deaf.mockRestore();
    const heard = await redisApp(cluster.addresses, { keyPrefix });
    const second = heard.locks.acquire('a', { ttl: 30_000, wait: 30_000 });
    await until('both stand in line', inLine(2));

    await lock.release();
    const its = await second;
    expect(holds).toBe(false);
    await until('it stands in line again', inLine(1));
    expect(its.isHeld).toBe(true);
    expect(holds).toBe(false);
    await its.release();
    expect((await first).fencingToken).toBeGreaterThan(its.fencingToken);
  });

  it('waits for keys that move, no longer than the deadline of the call', async () => {
    const { client } = await redisApp(cluster.addresses);
    const lua = "return redis.call('INCR', KEYS[1]) + redis.call('INCR', KEYS[2])";
    const both = client.defineScript({ name: 'both', lua, parse: Number });
    const keys = ['job:{torn}1', 'job:{torn}2'] as const;
    await client.increment(keys[0], { ttl: 60_000 });
    const slot = keySlot('torn');
    const from = await cluster.ownerOf(slot);
    const to = another(from);
    const migration = await cluster.beginMigration(slot, from, to);
    // One of them is here, and the other would be made there.
    await expect(both.run({ keys, timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'REDIS_BUSY',
      reason: 'TRYAGAIN',
      outcome: 'not-executed',
    });
    const patient = both.run({ keys, timeoutMs: 20_000 });
    await migration.moveKeys();
    // Now it is sent there, where the other one is missing too, as often as it asks.
    const before = await asked(to);
    await until('it was sent there often', async () => (await asked(to)) > before + 10);
    await migration.finish();
    expect(await patient).toBe(2 + 1);
  });

  it('follows a slot that moves, and runs nothing twice', async () => {
    const { client } = await redisApp(cluster.addresses);
    const increment = () => client.increment('job:{moving}n', { ttl: 60_000 });
    const slot = keySlot('moving');
    const from = await cluster.ownerOf(slot);
    expect(await increment()).toBe(1);
    const migration = await cluster.beginMigration(slot, from, another(from));
    expect(await increment()).toBe(2);
    await migration.moveKeys();
    expect(await increment()).toBe(3); // ASK
    await migration.finish();
    expect(await increment()).toBe(4); // MOVED
    expect(await increment()).toBe(5);
  });
});
