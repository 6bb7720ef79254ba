import type { RedisLock } from '../../index';
import { StoredLeases } from '../../testing/lease-model/stored-lease';
import { ProxiedApp } from '../../testing/proxied-app';
import { until } from '../../testing/redis-test-app';

// What one is told of a renewal may be older than what Redis did last: each is made to happen here.
describe('a lock that is extended while it is being renewed', () => {
  const app = new ProxiedApp();
  const TTL_MS = 900;
  const RENEWED_AFTER_MS = TTL_MS / 3;
  let lock: RedisLock;
  /** Until it ends in Redis; 0 when it has. */
  let leftMs: () => Promise<number>;

  beforeEach(async () => {
    lock = await app.here.locks.acquire('a', { ttl: TTL_MS });
    await lock.extend(TTL_MS); // Redis knows the script from now on, so that a renewal has one answer
    const key = `${app.here.prefix}lock:{a}`;
    const stored = new StoredLeases(app.there.client);
    leftMs = async () => (await stored.look([key, `${key}:queue`])).holders[0]?.leftMs ?? 0;
  });

  /** Waits for a renewal and keeps its answer back. */
  async function renewed() {
    const cmd = await app.link('cmd');
    cmd.hold('toClient');
    await cmd.waitForHeld('toClient');
    return cmd;
  }

  it('for a shorter time, and the answer is lost: it is not believed to be held when others can have it', async () => {
    const cmd = await renewed();
    const lost = cmd.dropNext('toClient');
    const extended = lock.extend(200).catch((error: unknown) => error);
    cmd.release();
    await lost;
    app.proxy.drop();
    expect((await app.there.locks.acquire('a', { wait: 5_000 })).isHeld).toBe(true);
    expect(lock.isHeld).toBe(false);
    expect(await extended).toMatchObject({ code: 'REDIS_TIMEOUT' });
  });

  it('for a longer time, and the answer is late: no renewal for less overtakes it', async () => {
    const cmd = await renewed();
    const extended = lock.extend(60_000);
    cmd.release();
    cmd.hold('toClient');
    await cmd.waitForHeld('toClient');
    const heldAt = performance.now();
    const answered = cmd.dropNext('toClient').catch(() => undefined);
    const due = () => performance.now() > heldAt + RENEWED_AFTER_MS + 100;
    await until('renewed, or due to be', async () => due() || (await leftMs()) <= TTL_MS);
    cmd.release();
    await extended;
    app.proxy.drop();
    await until(
      'as long as before, or over',
      async () => (await leftMs()) > TTL_MS || (await leftMs()) === 0,
    );
    expect(lock.isHeld).toBe((await leftMs()) > 0);
    await app.proxy.heal();
    await answered;
  });
});
