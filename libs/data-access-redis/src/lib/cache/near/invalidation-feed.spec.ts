/*
 * The link that invalidations come by: begun, lost, silent, refused half-way. Rows are those of the table of races
 * that the design was drawn from (see near-races.spec.ts for the others).
 */
import type { RedisCache } from '../../../index';
import { inUse, isNear, ProxiedApp, untilNear } from '../../../testing/proxied-app';
import { redisApp, until } from '../../../testing/redis-test-app';
import { startRedis } from '@sluice/testing-servers';
import { Coherence } from './coherence';
import { TrackingLink } from './tracking-link';

interface Thing {
  n: number;
}

const options = { ttl: 60_000, jitter: 0 };

const app = new ProxiedApp();
let near: RedisCache<Thing>;
let writer: RedisCache<Thing>;

beforeEach(async () => {
  writer = app.there.redis.cache<Thing>('thing', options);
  await writer.set('1', { n: 1 });
  await writer.set('warm', { n: 0 });
});

function begin(): RedisCache<Thing> {
  near = app.here.redis.cache<Thing>('thing', { ...options, near: {} });
  return near;
}

/** Changes a value until `here` is told of it: messages arrive. */
async function untilTold(): Promise<void> {
  await until('messages arrive', async () => {
    await writer.set('probe', { n: 0 });
    return app.wasTold(app.key('probe'));
  });
}

describe('the link', () => {
  it('is one more connection, its own target, in broadcast mode, for the keys of near caches only', async () => {
    await untilNear(begin(), '1');
    const id = (client: string) => / id=(\d+)|^id=(\d+)/.exec(client)?.slice(1).find(Boolean);
    const clients = (await app.server.cli('CLIENT', 'LIST')).split('\n');
    const links = clients.filter((client) => client.includes('name=sluice:inv:'));
    expect(links).toHaveLength(1);
    const link = links[0] as string;
    expect(link).toContain(` redir=${id(link)} `); // it cannot outlive its target (row 6)
    expect(/ flags=(\w+)/.exec(link)?.[1]).toMatch(/(?=.*t)(?=.*B)/);
    app.forgetWhatWasTold();
    await app.there.client.set('lock:x', 'y', { ttl: 1_000 });
    await app.there.redis.cache<Thing>('other', options).set('1', { n: 1 });
    await untilTold();
    expect(app.wasTold(`${app.here.prefix}lock:x`)).toBe(false);
    expect(app.wasTold(app.key('1', 'other'))).toBe(false);
  });

  it('is made anew, with all that is to be watched, when a near cache begins later', async () => {
    await untilNear(begin(), '1');
    const first = await app.link('inv');
    await app.there.redis.cache<Thing>('late', options).set('1', { n: 1 });
    const late = app.here.redis.cache<Thing>('late', { ...options, near: {} });
    await first.waitForEnd('client');
    await untilNear(late, '1');
    await untilNear(near, '1');
    app.forgetWhatWasTold();
    await app.server.cli('DEL', app.key('1'), app.key('1', 'late'));
    await app.told(app.key('1'));
    await app.told(app.key('1', 'late'));
    expect([await near.get('1'), await late.get('1')]).toEqual([undefined, undefined]);
  });

  it('watches every near cache, whatever it was doing when the cache began', async () => {
    const caches = [begin()];
    const stages = ['sluice:inv:', 'TRACKINGINFO', '\r\nID\r\n', 'BCAST', 'subscribe'];
    for (const [i, stage] of stages.entries()) {
      const link = await app.proxy.connection(
        ({ sent }) => sent.includes('sluice:inv:') && sent.includes(stage),
      );
      expect(link.id).toBeGreaterThan(0);
      caches.push(app.here.redis.cache<Thing>(`late-${i}`, { ...options, near: {} }));
    }
    for (const cache of caches) {
      await cache.set('1', { n: 1 });
      await untilNear(cache, '1');
    }
    app.forgetWhatWasTold();
    const keys = caches.map((_, i) => app.key('1', i === 0 ? 'thing' : `late-${i - 1}`));
    await app.server.cli('DEL', ...keys);
    for (const key of keys) await app.told(key);
    for (const cache of caches) expect(await cache.get('1')).toBeUndefined();
  });

  it('survives what it cannot read', async () => {
    await untilNear(begin(), '1');
    app.forgetWhatWasTold();
    for (const id of ['50%', '%E0%A4%A', '', ':', '%']) await app.server.cli('SET', app.key(id), 'x');
    await app.told(app.key('%'));
    await writer.set('1', { n: 2 });
    await app.told(app.key('1'));
    expect(await near.get('1')).toEqual({ n: 2 });
  });
});

describe('a read that left before the link was there (row 4)', () => {
  async function readBeforeTheLink() {
    await app.proxy.refuse();
    begin();
    const cmd = await app.link('cmd');
    cmd.hold('toClient');
    const read = near.get('1');
    await cmd.waitForHeld('toClient');
    await writer.set('1', { n: 2 });
    await app.proxy.accept();
    await untilTold();
    cmd.release();
    expect(await read).toEqual({ n: 1 });
    return near.get('1');
  }

  it('is not kept', async () => {
    expect(await readBeforeTheLink()).toEqual({ n: 2 });
  });

  it('mutant: without the flush when the link begins it is', async () => {
    jest.spyOn(Coherence.prototype, 'lost').mockReturnValue(undefined);
    expect(await readBeforeTheLink()).toEqual({ n: 1 });
  });
});

describe('the link is lost and changes are missed (row 5)', () => {
  type Loss = (link: 'inv' | 'cmd') => Promise<void>;
  const losses: [string, Loss][] = [
    ['cut', async (link) => (await app.link(link)).cut()],
    ['reset', async (link) => (await app.link(link)).reset()],
    ['killed by the server', async () => void (await app.server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub'))],
  ];

  async function missedChange(lose: () => Promise<void>) {
    await untilNear(begin(), '1');
    const inv = await app.link('inv');
    await app.proxy.refuse();
    await lose();
    await inv.waitForEnd('client');
    await writer.set('1', { n: 2 });
    await app.proxy.accept();
    await untilTold();
    await writer.set('2', { n: 2 });
    await untilNear(near, '2'); // trusted again
    return near.get('1');
  }

  it.each(losses)('%s: nothing old is served when it is back', async (_, lose) => {
    expect(await missedChange(() => lose('inv'))).toEqual({ n: 2 });
  });

  it.each(losses)('%s: nothing is served from the process while it is away', async (_, lose) => {
    await untilNear(begin(), '1');
    const inv = await app.link('inv');
    await app.proxy.refuse();
    await lose('inv');
    await inv.waitForEnd('client');
    await until('noticed', () => !isNear(near, '1'));
    await writer.set('1', { n: 2 });
    expect(await near.get('1')).toEqual({ n: 2 });
    expect(isNear(near, '1')).toBe(false);
  });

  it('mutant: without the flush the old value is served for good', async () => {
    jest.spyOn(Coherence.prototype, 'lost').mockReturnValue(undefined);
    expect(await missedChange(() => (losses[0] as [string, Loss])[1]('inv'))).toEqual({ n: 1 });
    expect(isNear(near, '1')).toBe(true);
  });

  it('commands lose their connection: flushed, and the link is made anew with it', async () => {
    await untilNear(begin(), '1');
    const inv = await app.link('inv');
    await app.proxy.refuse();
    (await app.link('cmd')).cut();
    await until('noticed', () => !app.here.redis.state.ready);
    expect(isNear(near, '1')).toBe(false);
    await writer.set('1', { n: 2 });
    await app.proxy.accept();
    await inv.waitForEnd('client');
    await untilNear(near, '1');
    expect(await near.get('1')).toEqual({ n: 2 });
  });
});

describe('the link is cut while it is being made (row 4)', () => {
  const stages: [string, 'toServer' | 'toClient', (chunk: Buffer) => boolean][] = [
    ['the name of the connection', 'toServer', (chunk) => chunk.includes('sluice:inv:')],
    ['the question what the server can', 'toServer', (chunk) => chunk.includes('TRACKINGINFO')],
    ['the question for its number', 'toServer', (chunk) => chunk.includes('\r\nID\r\n')],
    ['the switch to tracking', 'toServer', (chunk) => chunk.includes('\r\nBCAST\r\n')],
    ['the subscription', 'toServer', (chunk) => chunk.includes('subscribe')],
    ['the answer to the subscription', 'toClient', (chunk) => chunk.includes('\r\nsubscribe\r\n')],
  ];

  it.each(stages)('%s is lost: it is made again, and works', async (_, way, matching) => {
    const lost = app.proxy.dropNext(way, matching);
    begin();
    (await lost).connection.cut();
    await untilNear(near, '1');
    app.forgetWhatWasTold();
    await writer.set('1', { n: 2 });
    await app.told(app.key('1'));
    expect(await near.get('1')).toEqual({ n: 2 });
  });

  it('the answer never comes: not waited for longer than a moment', async () => {
    const lost = app.proxy.dropNext('toClient', (chunk) => chunk.includes('\r\nsubscribe\r\n'));
    begin();
    await (await lost).connection.waitForEnd('client', 1_000);
    await untilNear(near, '1');
  });
});

describe('the link is silent: nobody closes it, and nothing arrives', () => {
  const silences: [string, () => Promise<void>][] = [
    ['a black hole', async () => (await app.link('inv')).drop()],
    ['half open', async () => (await app.link('inv')).halfOpen()],
  ];

  /** For how long after the line went dead the old value is served, in ms; at most 1,500. */
  async function servedFor(silence: () => Promise<void>): Promise<number> {
    await untilNear(begin(), '1');
    await inUse(near, '1', silence);
    const since = performance.now();
    await writer.set('1', { n: 2 });
    let elapsed = 0;
    await until('bypassed', async () => {
      elapsed = performance.now() - since;
      return elapsed > 1_500 || (await near.get('1'))?.n === 2;
    });
    return elapsed;
  }

  it.each(silences)('%s: within 1 s it is not trusted any more', async (_, silence) => {
    expect(await servedFor(silence)).toBeLessThan(1_000);
  });

  it('and is made anew', async () => {
    const [, blackHole] = silences[0] as [string, () => Promise<void>];
    await servedFor(blackHole);
    await untilNear(near, '1');
    expect(await near.get('1')).toEqual({ n: 2 });
  });

  it('mutant: without signs of life the old value is served on', async () => {
    jest.spyOn(TrackingLink.prototype, 'trusted').mockImplementation(function (this: TrackingLink) {
      return (this as unknown as { armed: boolean }).armed;
    });
    const [, blackHole] = silences[0] as [string, () => Promise<void>];
    expect(await servedFor(blackHole)).toBeGreaterThan(1_500);
  });
});

describe('the server becomes a replica of another (row 15)', () => {
  it('what the other one holds is served, at the switch and later', async () => {
    const other = await startRedis();
    try {
      const master = await redisApp(other.url, { keyPrefix: app.here.prefix });
      const its = master.redis.cache<Thing>('thing', options);
      await its.set('1', { n: 2 });
      await untilNear(begin(), '1');
      await app.server.cli('CONFIG', 'SET', 'repl-diskless-sync-delay', '0');
      await other.cli('CONFIG', 'SET', 'repl-diskless-sync-delay', '0');
      await app.server.cli('REPLICAOF', '127.0.0.1', String(other.port));
      await until('the value of the new master', async () => (await near.get('1'))?.n === 2);
      await untilNear(near, '1');
      await its.set('1', { n: 3 });
      await until('a later change', async () => (await near.get('1'))?.n === 3);
    } finally {
      await app.server.cli('REPLICAOF', 'NO', 'ONE');
      await other.stop();
    }
  });
});
