/*
 * Who waits for a load in another process, and what ends the wait: a message, a lost message, a holder that is gone.
 */
import type { RedisCache, RedisModuleOptions } from '../../../index';
import { gate, ProxiedApp } from '../../../testing/proxied-app';
import { until } from '../../../testing/redis-test-app';
import { LEASE_MS } from './fleet-flights';

interface Thing {
  n: number;
}

const options = { ttl: 60_000, jitter: 0 };
/** A lease that outlasts its test: what comes before it is over was told of, or looked for again. */
const LONG_LEASE_MS = 10 * 60_000;
const never = async (): Promise<Thing> => {
  throw new Error('loaded although another process had loaded it');
};

describe.each<[string, Partial<RedisModuleOptions>, 'cmd' | 'sub']>([
  ['RESP3', {}, 'cmd'],
  ['RESP2', { protocol: 2 }, 'sub'],
])('under %s, a load in another process', (_, settings, messages) => {
  const app = new ProxiedApp(settings);
  let waiting: RedisCache<Thing>;
  let holding: RedisCache<Thing>;
  let flight: string;

  beforeEach(async () => {
    waiting = app.here.redis.cache<Thing>('thing', options);
    holding = app.there.redis.cache<Thing>('thing', options);
    flight = `${app.here.prefix}flight:{${app.key('1')}}`;
    await waiting.getOrSet('other', async () => ({ n: 0 })); // it listens for messages now
  });

  /** Begins a load elsewhere that takes as long as the test wants. Who asks at once is told of this lease. */
  async function holdElsewhere(leaseMs = LONG_LEASE_MS) {
    const [slow, started] = [gate<Thing>(), gate<void>()];
    const loading = holding.getOrSet('1', () => {
      started.open();
      return slow.promise;
    });
    await started.promise;
    await app.server.cli('PEXPIRE', flight, String(leaseMs));
    return { finish: () => (slow.open({ n: 1 }), loading) };
  }

  const isWaitedFor = () =>
    until('somebody waits', async () => (await app.server.cli('HLEN', flight)) === '3');

  it('is waited for, and its value comes at once', async () => {
    const { finish } = await holdElsewhere();
    const value = waiting.getOrSet('1', never);
    await isWaitedFor();
    await finish();
    expect(await value).toEqual({ n: 1 });
  });

  it('the message is not missed when it comes with, or before, the answer that one is to wait', async () => {
    const { finish } = await holdElsewhere();
    const cmd = await app.link('cmd');
    cmd.hold('toClient');
    const value = waiting.getOrSet('1', never);
    await cmd.waitForHeld('toClient');
    cmd.release(); // a miss; the next answer is the one
    cmd.hold('toClient');
    await isWaitedFor();
    await finish();
    if (messages === 'cmd') await cmd.waitForHeld('toClient', 60 + app.key('1').length);
    cmd.release();
    expect(await value).toEqual({ n: 1 });
  });

  it('the message is lost: the value comes when the lease it was told of is over', async () => {
    const { finish } = await holdElsewhere(LEASE_MS);
    const lost = (await app.link(messages)).dropNext('toClient', (chunk) =>
      chunk.includes(`d${app.key('1')}`),
    );
    const value = waiting.getOrSet('1', never);
    await isWaitedFor();
    await finish();
    await lost;
    expect(await value).toEqual({ n: 1 });
  });

  it('the connection that the message would come by is lost: everybody looks again', async () => {
    const { finish } = await holdElsewhere();
    let loads = 0;
    const value = waiting.getOrSet('1', async () => ({ n: ++loads + 1 }));
    await isWaitedFor();
    (await app.link('cmd')).cut();
    await finish();
    expect([1, 2]).toContain((await value)?.n); // without Redis one loads for oneself
  });

  it('its process ends without a word: taken over when the lease is over, and given to all who wait', async () => {
    const { finish } = await holdElsewhere(LEASE_MS);
    let loads = 0;
    const values = Array.from({ length: 10 }, () => waiting.getOrSet('1', async () => ({ n: 10 + ++loads })));
    await isWaitedFor();
    await app.there.close();
    expect(new Set((await Promise.all(values)).map((value) => value?.n))).toEqual(new Set([11]));
    await finish();
    expect(await waiting.get('1')).toEqual({ n: 11 });
  });

  it('is cut off and comes back after another took over: what it brings is not stored', async () => {
    [waiting, holding] = [holding, waiting]; // the one behind the proxy loads
    const { finish } = await holdElsewhere();
    const cmd = await app.link('cmd');
    cmd.hold('toServer');
    await app.server.cli('PEXPIRE', flight, '300');
    expect(await waiting.getOrSet('1', async () => ({ n: 2 }))).toEqual({ n: 2 });
    const finished = finish();
    await cmd.waitForHeld('toServer');
    cmd.release();
    expect(await finished).toEqual({ n: 1 }); // for those who waited for that one
    expect(await waiting.get('1')).toEqual({ n: 2 });
  });

  it('is deleted while it is waited for: who waits loads anew, and what it brings is not stored', async () => {
    const { finish } = await holdElsewhere();
    const value = waiting.getOrSet('1', async () => ({ n: 2 }));
    await isWaitedFor();
    await (await app.another()).redis.cache<Thing>('thing', options).delete('1');
    expect(await value).toEqual({ n: 2 });
    await finish();
    expect(await waiting.get('1')).toEqual({ n: 2 });
  });
});
