/*
 * Servers that do not tell what changes: processes tell one another, and nothing is kept for longer than a second.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import type { RedisCache, RedisModuleOptions } from '../../../index';
import { isNear, ProxiedApp, untilNear } from '../../../testing/proxied-app';
import { closeRedisApps, redisApp, until } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';
import { startRedis } from '@sluice/testing-servers';
import { decode, encode } from '../entry/envelope';
import type { Entry } from '../entry/envelope';
import { ReadBatch } from '../read-batch';

interface Thing {
  n: number;
}

const options = { ttl: 60_000, jitter: 0, tags: (id: string) => [`thing:${id}`, 'things'] };
const LONGEST = 1_000;

interface ServerWithoutTracking {
  url: string;
  stop(): Promise<unknown>;
}

/** A Redis whose users may not do this, as managed ones are. */
async function redisThatRefuses(...commands: string[]): Promise<ServerWithoutTracking> {
  const server = await startRedis();
  await server.cli(
    'ACL',
    'SETUSER',
    'app',
    'on',
    '>secret',
    '~*',
    '&*',
    '+@all',
    ...commands.map((c) => `-${c}`),
  );
  return { url: server.url.replace('//', '//app:secret@'), stop: () => server.stop() };
}

/** In a process of its own: what it runs Lua with does not load inside of Jest. */
async function standIn(): Promise<ServerWithoutTracking> {
  const script = `require('js-redis-server').createRedisMock().then(({ port }) => process.send(port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  const stop = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { url: `redis://127.0.0.1:${port}`, stop };
}

const noTracking = () => redisThatRefuses('client|tracking', 'client|trackinginfo');

describe.each<[string, () => Promise<ServerWithoutTracking>, Partial<RedisModuleOptions>]>([
  ['a user who may neither track nor ask', noTracking, {}],
  ['a user who may ask but not track', () => redisThatRefuses('client|tracking'), {}],
  ['a user who may neither, under RESP2', noTracking, { protocol: 2 }],
  ['a server that is not Redis', standIn, {}],
])('%s', (_, start, settings) => {
  let server: ServerWithoutTracking;
  let here: RedisTestApp;
  let there: RedisTestApp;
  let near: RedisCache<Thing>;
  let writer: RedisCache<Thing>;
  let warn: jest.SpyInstance;

  beforeAll(async () => {
    server = await start();
  });
  beforeEach(async () => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const keyPrefix = `test-${randomUUID()}:`;
    const common = { ...settings, keyPrefix, cacheTimeoutMs: 2_000 };
    [here, there] = [await redisApp(server.url, common), await redisApp(server.url, common)];
    near = here.redis.cache<Thing>('thing', { ...options, near: {} });
    writer = there.redis.cache<Thing>('thing', { ...options, near: {} });
    await writer.set('1', { n: 1 });
    await untilNear(near, '1');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await closeRedisApps();
  });
  afterAll(() => server.stop());

  /** When the last read began that answered anything but this. */
  async function lastReadOfOther(n: number | undefined): Promise<number> {
    let last = -Infinity;
    await until('seen', async () => {
      const began = performance.now();
      if ((await near.get('1'))?.n === n) return true;
      last = began;
      return false;
    });
    return last;
  }

  it('says so, once for each process', async () => {
    await untilNear(writer, '1');
    const said = warn.mock.calls.map(String).filter((message) => message.includes('no CLIENT TRACKING'));
    expect(said).toHaveLength(2);
  });

  it.each<[string, () => Promise<void>, Thing | undefined]>([
    ['set', () => writer.set('1', { n: 2 }), { n: 2 }],
    ['delete', () => writer.delete('1'), undefined],
    ['tag', () => there.redis.invalidateTags(['things']), undefined],
    ['clear', () => writer.clear(), undefined],
  ])('%s elsewhere: told long before the second is over', async (__, change, after) => {
    const since = performance.now();
    await change();
    expect((await lastReadOfOther(after?.n)) - since).toBeLessThan(LONGEST / 2);
  });

  it('what nobody tells of is served for a second at most', async () => {
    const entry = decode(Buffer.from((await there.client.get('cache:thing:1')) ?? '')) as Entry;
    await there.client.set('cache:thing:1', encode({ ...entry, body: '{"n":9}' }), { ttl: 60_000 });
    const since = performance.now();
    expect((await lastReadOfOther(9)) - since).toBeLessThan(LONGEST);
  });
});

describe('reply and message on one connection', () => {
  const app = new ProxiedApp();
  let near: RedisCache<Thing>;
  let writer: RedisCache<Thing>;

  beforeEach(async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await app.server.cli('ACL', 'SETUSER', 'default', '-client|tracking', '-client|trackinginfo');
    await app.renew();
    near = app.here.redis.cache<Thing>('thing', { ...options, near: {} });
    writer = app.there.redis.cache<Thing>('thing', options);
    await writer.set('1', { n: 1 });
    await writer.set('warm', { n: 1 });
    await untilNear(near, 'warm');
  });
  afterEach(() => app.server.cli('ACL', 'SETUSER', 'default', '+@all'));

  /** The answer to the read, and behind it in the same chunk the message that it is not so any more (row 2). */
  async function inOneChunk(change: () => Promise<void>) {
    const cmd = await app.link('cmd');
    cmd.hold('toClient');
    const read = near.get('1');
    await cmd.waitForHeld('toClient');
    const held = cmd.heldBytes('toClient');
    await change();
    await cmd.waitForHeld('toClient', held + 40);
    cmd.release();
    expect(await read).toEqual({ n: 1 });
    return near.get('1');
  }

  const changes: [string, () => Promise<void>, Thing | undefined][] = [
    ['set', () => writer.set('1', { n: 2 }), { n: 2 }],
    ['delete', () => writer.delete('1'), undefined],
    ['tag', () => app.there.redis.invalidateTags(['things']), undefined],
    ['clear', () => writer.clear(), undefined],
  ];

  it.each(changes)('%s, in one chunk: the old value is not kept (row 2)', async (_, change, after) => {
    expect(await inOneChunk(change)).toEqual(after);
  });

  it.each(changes)('mutant, %s: without the mark on reads under way it is', async (_, change) => {
    jest.spyOn(ReadBatch.prototype, 'isDirty').mockReturnValue(false);
    expect(await inOneChunk(change)).toEqual({ n: 1 });
  });

  it('connection lost: nothing is served from the process until it is back, and nothing old then (row 5)', async () => {
    await untilNear(near, '1');
    await app.proxy.refuse();
    (await app.link('cmd')).cut();
    await until('noticed', () => !app.here.redis.state.ready);
    expect(isNear(near, '1')).toBe(false);
    await writer.set('1', { n: 2 });
    await app.proxy.accept();
    await untilNear(near, '1');
    expect(await near.get('1')).toEqual({ n: 2 });
  });
});

describe('a channel that is subscribed late', () => {
  const app = new ProxiedApp({ commandTimeoutMs: 100 });

  afterEach(() => app.server.cli('ACL', 'SETUSER', 'default', '+@all'));

  it('is asked for again, and near caches are used then', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await app.server.cli('ACL', 'SETUSER', 'default', '-client|tracking', '-client|trackinginfo');
    await app.renew();
    const cmd = await app.link('cmd');
    cmd.hold('toClient');
    const near = app.here.redis.cache<Thing>('near', { ...options, near: {} });
    await until('not in time', () => app.here.redis.state.lastError?.code === 'REDIS_TIMEOUT');
    cmd.release();
    await near.set('1', { n: 1 });
    await untilNear(near, '1');
  });
});

describe('under RESP2, while there is no connection for messages', () => {
  const app = new ProxiedApp({ protocol: 2 });
  let near: RedisCache<Thing>;
  let writer: RedisCache<Thing>;

  beforeEach(async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await app.server.cli('ACL', 'SETUSER', 'default', '-client|tracking', '-client|trackinginfo');
    await app.renew();
    writer = app.there.redis.cache<Thing>('thing', options);
    await writer.set('1', { n: 1 });
  });
  afterEach(() => app.server.cli('ACL', 'SETUSER', 'default', '+@all'));

  const begin = () => {
    near = app.here.redis.cache<Thing>('thing', { ...options, near: {} });
  };

  /** Reads until whatever would be kept near has been. */
  async function readOften(): Promise<void> {
    for (let i = 0; i < 20; i += 1) {
      expect(isNear(near, '1')).toBe(false);
      expect(await near.get('1')).toEqual({ n: 1 });
    }
  }

  it('nothing is kept near until it stands for the first time', async () => {
    await app.proxy.refuse();
    begin();
    await readOften();
    await app.proxy.accept();
    await untilNear(near, '1');
  });

  it('nothing is served from the process when it is lost, and nothing old when it is back', async () => {
    begin();
    await untilNear(near, '1');
    await app.proxy.refuse();
    (await app.link('sub')).cut();
    await until('noticed', () => !isNear(near, '1'));
    await readOften();
    await writer.set('1', { n: 2 });
    await app.proxy.accept();
    await untilNear(near, '1');
    expect(await near.get('1')).toEqual({ n: 2 });
  });
});

describe('a user who may ask but not track loses the connection', () => {
  const app = new ProxiedApp();

  it('asks again, is refused again, says nothing more, and goes on as before', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await app.server.cli('ACL', 'SETUSER', 'default', '-client|tracking');
    await app.renew();
    const near = app.here.redis.cache<Thing>('thing', { ...options, near: {} });
    const writer = app.there.redis.cache<Thing>('thing', { ...options, near: {} });
    await writer.set('1', { n: 1 });
    await untilNear(near, '1');
    const refused = await refusals();
    (await app.link('cmd')).cut();
    await until('asked again', async () => (await refusals()) > refused);
    await until('back', () => app.here.redis.state.ready);
    const late = app.here.redis.cache<Thing>('late', { ...options, near: {} });
    await late.set('1', { n: 1 });
    await untilNear(late, '1');
    await untilNear(near, '1');
    await writer.set('1', { n: 2 });
    await until('told', async () => (await near.get('1'))?.n === 2, 500);
    const said = warn.mock.calls.map(String).filter((message) => message.includes('no CLIENT TRACKING'));
    expect(said).toHaveLength(2); // one of each process
  });

  async function refusals(): Promise<number> {
    const stats = await app.server.cli('INFO', 'commandstats');
    return Number(/cmdstat_client\|tracking:.*rejected_calls=(\d+)/.exec(stats)?.[1] ?? 0);
  }
});

describe('under RESP2 on a server that tracks', () => {
  const app = new ProxiedApp({ protocol: 2 });

  it('all is as it is under RESP3', async () => {
    const near = app.here.redis.cache<Thing>('thing', { ...options, near: {} });
    const writer = app.there.redis.cache<Thing>('thing', options);
    const changes: [() => Promise<unknown>, string][] = [
      [() => writer.set('1', { n: 2 }), app.key('1')],
      [() => writer.delete('1'), app.key('1')],
      [() => app.there.redis.invalidateTags(['things']), app.tag('things')],
      [() => writer.clear(), app.tag('cache:thing')],
    ];
    for (const [change, told] of changes) {
      await near.set('1', { n: 1 });
      await untilNear(near, '1');
      app.forgetWhatWasTold();
      await change();
      await app.told(told);
      expect((await near.get('1'))?.n).not.toBe(1);
    }
    expect(app.here.redis.state.server.protocol).toBe(2);
  });
});
