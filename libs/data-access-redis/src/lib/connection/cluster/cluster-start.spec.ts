import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { createAuthority, startCluster, startRedis } from '@sluice/testing-servers';
import type { RedisCluster, RedisProcess } from '@sluice/testing-servers';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import { keySlot } from './key-slot';

const authority = createAuthority();
const ca = authority.certificate;
const own = authority.issue();
const directory = mkdtempSync(join(tmpdir(), 'cluster-'));
const file = (name: string, pem: string) => {
  const path = join(directory, name);
  writeFileSync(path, pem, { mode: 0o600 });
  return path;
};
const tls = {
  certificate: file('certificate.pem', own.certificate),
  key: file('key.pem', own.key),
  authority: file('authority.pem', ca),
  name: 'localhost',
};
afterAll(() => rmSync(directory, { recursive: true }));
const password = 'p@ss #%';

describe('a Cluster with TLS and a password', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startCluster({ tls, password });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await closeRedisApps();
  });
  afterAll(() => cluster.stop());

  it('is reached by the names that its nodes announce, and each certificate is checked', async () => {
    const { client, redis } = await redisApp([cluster.addresses[2] as string], { tls: { ca }, password });
    expect(redis.state).toMatchObject({
      status: 'ready',
      cluster: { masters: 3, ready: 3 },
      server: { tls: true },
    });
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => client.set(`job:${name}`, name, { ttl: 60_000 })));
    expect(await client.getMany(['job:a', 'job:b', 'job:c', 'job:d'])).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is reached by addresses, too, when each node announces beside its own what its certificate is made out to', async () => {
    const nodes = cluster.masters;
    await Promise.all(
      nodes.map((node) => node.cli('CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'ip')),
    );
    try {
      const { client, prefix, redis } = await redisApp(cluster.addresses, { tls: { ca }, password });
      expect(redis.state).toMatchObject({ status: 'ready', cluster: { masters: 3, ready: 3 } });
      const slot = keySlot(`${prefix}job:a`);
      const from = await cluster.ownerOf(slot);
      const to = nodes.find((node) => node !== from) as RedisProcess;
      await client.set('job:a', '1', { ttl: 60_000 });
      await cluster.migrateSlot(slot, from, to);
      expect(await client.get('job:a')).toBe('1');
    } finally {
      await Promise.all(
        nodes.map((node) => node.cli('CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'hostname')),
      );
    }
  });

  it.each([
    ['another authority', { tls: true, password }, 'REDIS_TLS'],
    ['another name', { tls: { ca, servername: 'elsewhere.example' }, password }, 'REDIS_TLS'],
    ['a wrong password', { tls: { ca }, password: 'wrong' }, 'REDIS_AUTH'],
  ])('%s: says so, and shows no password', async (_, options, code) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { client, redis } = await redisApp(cluster.addresses, options);
    await expect(client.get('job:a')).rejects.toMatchObject({ outcome: 'not-executed' });
    expect(redis.state).toMatchObject({ ready: false, lastError: { code } });
    expect(JSON.stringify([redis.state, warn.mock.calls])).not.toContain(options.password);
  });
});

describe('a start without a Cluster', () => {
  afterEach(async () => {
    jest.restoreAllMocks();
    await closeRedisApps();
  });

  it('takes no longer than a moment; commands are refused at once', async () => {
    const startedAt = performance.now();
    const { client, redis } = await redisApp(['127.0.0.1:1', '127.0.0.1:2']);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await expect(client.get('job:a')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(redis.state).toMatchObject({
      status: 'connecting',
      ready: false,
      cluster: { masters: 0, ready: 0 },
    });
    expect(redis.state.lastError).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  });

  it('says what to do when the server is none of a Cluster', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const server = await startRedis();
    const { redis } = await redisApp([`127.0.0.1:${server.port}`]);
    expect(redis.state).toMatchObject({ ready: false, lastError: { code: 'REDIS_CONFIG' } });
    expect(warn.mock.calls.map(String).join()).toContain('give REDIS_URL instead of REDIS_CLUSTER_NODES');
    await server.stop();
  });

  it('uses a Cluster that comes later, and listens to what was asked for before', async () => {
    const cluster = await startCluster();
    try {
      await Promise.all(cluster.masters.map((master) => master.kill()));
      const { client, redis } = await redisApp(cluster.addresses);
      const heard: string[] = [];
      await client.subscribe('a', (message) => heard.push(message));
      await Promise.all(cluster.masters.map((master) => master.restart()));
      await until('it is used', () => redis.state.status === 'ready');
      await until('it hears', async () => {
        await client.publish('a', 'now').catch(() => undefined);
        return heard.includes('now');
      });
    } finally {
      await closeRedisApps();
      await cluster.stop();
    }
  });
});
