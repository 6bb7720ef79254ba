import { ProxiedApp } from '../../testing/proxied-app';
import { until } from '../../testing/redis-test-app';

const GIVEN_UP_MS = 100;
/** Probes come once a second: answers that are one behind for each of these would be so for longer than a test waits. */
const MANY = 100;

/** Reads whose answers are lost on the way; the third that fails opens the circuit. */
async function lose(app: ProxiedApp, count: number): Promise<void> {
  app.proxy.drop('toClient');
  const lost = await Promise.allSettled(Array.from({ length: count }, () => app.here.redis.get('job:x')));
  expect(lost.every(({ status }) => status === 'rejected')).toBe(true);
  expect(app.proxy.droppedBytes('toClient')).toBeGreaterThan(0);
  expect(app.here.redis.state.circuit).toBe('open');
}

/** Values that differ are read as what they are. */
async function readsWhatItAsks({ here: { redis } }: ProxiedApp): Promise<void> {
  await redis.set('job:one', '1', { ttl: 60_000 });
  await redis.set('job:two', '2', { ttl: 60_000 });
  expect(await Promise.all([redis.get('job:one'), redis.get('job:two')])).toEqual(['1', '2']);
}

describe('a link that has lost answers and goes on', () => {
  const app = new ProxiedApp({
    commandTimeoutMs: GIVEN_UP_MS,
    cacheTimeoutMs: GIVEN_UP_MS,
    socketTimeoutMs: 60_000,
  });

  it('is made anew when the answer of a probe is that of another', async () => {
    await readsWhatItAsks(app);
    await lose(app, 3);
    await app.proxy.heal();
    await until('back', () => app.here.redis.state.ready);
    expect(app.here.redis.state.reconnects).toBe(1);
    await readsWhatItAsks(app);
  });
});

describe('a link on which a command stays without an answer', () => {
  const app = new ProxiedApp({
    commandTimeoutMs: GIVEN_UP_MS,
    cacheTimeoutMs: GIVEN_UP_MS,
    socketTimeoutMs: 1_000,
  });

  it('is made anew, though answers come: they are those of earlier commands', async () => {
    await lose(app, MANY);
    await app.proxy.heal();
    await until('back', () => app.here.redis.state.ready);
    expect(app.here.redis.state.reconnects).toBe(1);
    await readsWhatItAsks(app);
  });

  it('is made anew, though what was late before the circuit opened has been answered', async () => {
    const { redis } = app.here;
    const first = await app.link('cmd');
    app.proxy.hold('toClient');
    await expect(redis.get('job:x')).rejects.toMatchObject({ code: 'REDIS_TIMEOUT' });
    app.proxy.release('toClient');
    await readsWhatItAsks(app);
    await lose(app, 3);
    await app.proxy.connection(({ id }) => id > first.id);
    await app.proxy.heal();
    await until('back', () => redis.state.ready);
  });
});
