import { StoredLeases } from '../../testing/lease-model/stored-lease';
import { ProxiedApp } from '../../testing/proxied-app';
import { until } from '../../testing/redis-test-app';
import { TURN_MS } from '../lease/lease-scripts';

describe('a turn that is told late', () => {
  const app = new ProxiedApp({ commandTimeoutMs: 20_000, socketTimeoutMs: 60_000 });

  const key = () => `${app.here.prefix}lock:{a}`;
  const standing = (count: number) =>
    until(
      `${count} stand in line`,
      async () => Number(await app.server.cli('ZCARD', `${key()}:queue`)) === count,
    );

  it('is not taken when it has passed to the next one meanwhile', async () => {
    const held = await app.there.locks.acquire('a');
    let first = false;
    const late = app.here.locks.acquire('a', { wait: 20_000 }).then((lock) => {
      first = true;
      return lock;
    });
    await standing(1);
    const next = app.there.locks.acquire('a', { wait: 20_000 });
    await standing(2);
    const link = await app.link('cmd');
    link.hold();
    await held.release();
    // The first one hears nothing of its turn, which ends; the second one's begins.
    const second = await next;
    expect(first).toBe(false);
    link.release();
    await app.here.client.ping();
    await standing(1);
    expect([first, second.isHeld]).toEqual([false, true]);
    await second.release();
    const lock = await late;
    expect(lock.isHeld).toBe(true);
    expect(lock.fencingToken).toBeGreaterThan(second.fencingToken);
    await lock.release();
  });

  it('is taken without asking when it has not', async () => {
    const held = await app.there.locks.acquire('a', { ttl: 60_000 });
    const turn = app.here.locks.acquire('a', { wait: 20_000, ttl: 60_000 });
    await standing(1);
    const link = await app.link('cmd');
    link.hold('toServer');
    await held.release();
    const lock = await turn;
    // Nothing of what we say has arrived: it holds as long as the turn does, and no longer.
    expect(lock.isHeld).toBe(true);
    let toldAt = Infinity;
    lock.signal.addEventListener('abort', () => (toldAt = Date.now()));
    const stored = new StoredLeases(app.there.client);
    const { at, holders } = await stored.look([key(), `${key()}:queue`]);
    const end = at / 1_000 + (holders[0]?.leftMs ?? NaN);
    await until('the turn is over', () => toldAt < Infinity);
    expect(toldAt).toBeLessThan(end);
    link.release();
  });

  it('is made a whole lease soon after it was taken', async () => {
    const held = await app.there.locks.acquire('a');
    const turn = app.here.locks.acquire('a', { wait: 20_000, ttl: 60_000 });
    await standing(1);
    await held.release();
    const lock = await turn;
    const stored = new StoredLeases(app.there.client);
    const leftMs = async () => (await stored.look([key(), `${key()}:queue`])).holders[0]?.leftMs ?? 0;
    await until('longer than a turn', async () => (await leftMs()) > TURN_MS, TURN_MS / 2);
    expect([lock.isHeld, await lock.release()]).toEqual([true, true]);
  });
});
