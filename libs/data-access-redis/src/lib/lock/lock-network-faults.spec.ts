import type { RedisLock } from '../../index';
import { FaultyLocks, refusal, told } from '../../testing/faulty-locks';
import { until } from '../../testing/redis-test-app';

// Each test is a row of the table of faults in docs/guides/coordination.md: what becomes of the connection, what the
// holder of a lock is told, and what becomes of those who wait for one.

/** Longer than somebody is waited for whose turn it is; a tenth of it, half a second, is left when the holder is told. */
const TTL_MS = 5_000;
/** Nobody waits for a lease of this length: what happens before happened for another reason. */
const LONG_MS = 600_000;

describe('over RESP3', () => {
  const bench = new FaultyLocks();
  /** In which order locks were had. */
  let order: string[];
  beforeEach(() => {
    order = [];
  });

  async function stands(
    who: 'here' | 'there' | 'third',
    name: string,
    behind = 0,
  ): Promise<{ lock: Promise<RedisLock> }> {
    const lock = bench[who].locks.acquire(name, { wait: 60_000, ttl: LONG_MS });
    void lock.then(() => order.push(who));
    await bench.inLine(name, behind + 1);
    return { lock };
  }

  const isHeard = (count: number) =>
    until(
      `${count} are heard`,
      async () => (await bench.server.cli('PUBSUB', 'CHANNELS')).split('\n').length === count,
    );

  it('The network swallows everything: the holder is told before others have the lock; who waits is passed over when the turn has passed unanswered, and stands in line again when the network is back', async () => {
    const { here, there, proxy } = bench;
    const lock = await here.locks.acquire('held', { ttl: TTL_MS });
    const elsewhere = await there.locks.acquire('awaited', { ttl: LONG_MS });
    const silent = await stands('here', 'awaited');
    const behind = await stands('third', 'awaited', 1);
    const successor = stands('there', 'held');
    await lock.extend(TTL_MS);
    const end = await bench.end('held');
    let toldFirst = false;
    const loss = told(lock).then((at) => {
      toldFirst = order.length === 1; // only the one who was behind in the other line has got anything
      return at;
    });

    proxy.drop();
    await elsewhere.release();
    const next = await behind.lock;
    expect(order).toEqual(['third']);
    expect(Date.now()).toBeLessThan(end);
    expect(await loss).toBeLessThan(end);
    expect(toldFirst).toBe(true);
    const token = (await (await successor).lock).fencingToken;
    expect(token).toBeGreaterThan(lock.fencingToken);
    expect(await lock.release()).toBe(false);

    proxy.reset(); // whoever is cut off for so long has lost the connection in the end
    await proxy.heal();
    await bench.inLine('awaited', 1);
    await next.release();
    expect((await silent.lock).isHeld).toBe(true);
  });

  it('The connection is cut and comes back: the lock is kept; who waits keeps the place', async () => {
    const { here, there } = bench;
    const lock = await here.locks.acquire('held', { ttl: TTL_MS });
    const elsewhere = await there.locks.acquire('awaited', { ttl: LONG_MS });
    const first = await stands('here', 'awaited');
    const second = await stands('third', 'awaited', 1);

    (await bench.link('cmd')).cut();
    await until('lost', () => !here.client.state.ready);
    await until('back', () => here.client.state.ready);
    await isHeard(2);
    await elsewhere.release();
    await (await first.lock).release();
    await second.lock;
    expect(order).toEqual(['here', 'third']);
    await bench.renewals('held', 1);
    expect(lock.isHeld).toBe(true);
    expect(await lock.release()).toBe(true);
  });

  it('The connection is cut when the turn comes: who waits is passed over at once, and stands in line again', async () => {
    const { there, proxy } = bench;
    const elsewhere = await there.locks.acquire('awaited', { ttl: LONG_MS });
    const first = await stands('here', 'awaited');
    const second = await stands('third', 'awaited', 1);
    await isHeard(2);
    await proxy.refuse();
    (await bench.link('cmd')).cut();
    await isHeard(1);
    await elsewhere.release();
    const { holders } = await bench.look('awaited');
    const lock = await second.lock;
    expect(order).toEqual(['third']);
    expect(holders.map(({ token }) => token)).toEqual([lock.fencingToken]);
    await proxy.accept();
    await bench.inLine('awaited', 1);
    await lock.release();
    expect((await first.lock).isHeld).toBe(true);
  });

  it('The answer to a question is lost with the connection: the caller is told that nothing is known, and what was granted is given back', async () => {
    const { here, there } = bench;
    await (await here.locks.acquire('a')).release(); // Redis knows the scripts
    const cmd = await bench.link('cmd');
    const lost = cmd.dropNext('toClient');
    const asked = refusal(here.locks.acquire('a', { ttl: LONG_MS }));
    await lost;
    expect((await bench.look('a')).holders).toHaveLength(1);
    const next = there.locks.acquire('a', { wait: 60_000 });
    await bench.inLine('a', 1);
    cmd.cut();
    expect((await asked).code).toBe('REDIS_UNAVAILABLE');
    expect((await next).isHeld).toBe(true); // long before the lease of ten minutes
  });

  it('The answer to a question comes too late: the caller is told that nothing is known, and what was granted is given back', async () => {
    const { here, there } = bench;
    await (await here.locks.acquire('a')).release();
    const cmd = await bench.link('cmd');
    cmd.hold('toClient');
    const asked = refusal(here.locks.acquire('a', { ttl: LONG_MS }));
    await cmd.waitForHeld('toClient');
    expect((await bench.look('a')).holders).toHaveLength(1);
    expect((await asked).code).toBe('REDIS_TIMEOUT');
    expect((await there.locks.acquire('a', { wait: 60_000 })).isHeld).toBe(true);
    cmd.release();
  });

  it('The answer to one who waits is lost with the connection: asked again, Redis gives the same lock with the same token', async () => {
    const { here } = bench;
    await (await here.locks.acquire('a', { wait: 1_000 })).release();
    const cmd = await bench.link('cmd');
    const lost = cmd.dropNext('toClient');
    const asked = here.locks.acquire('a', { ttl: LONG_MS, wait: 60_000 });
    await lost;
    const [granted] = (await bench.look('a')).holders;
    cmd.cut();
    const lock = await asked;
    expect(granted?.token).toBeGreaterThan(0);
    expect(lock.fencingToken).toBe(granted?.token);
    expect(await lock.release()).toBe(true);
    expect((await bench.look('a')).holders).toEqual([]);
  });
});

describe('over RESP2', () => {
  const bench = new FaultyLocks({ protocol: 2, socketTimeoutMs: 30_000 });

  it('The turn is told on a connection of its own: who waits has the lock without asking', async () => {
    const { here, there } = bench;
    const held = await there.locks.acquire('a');
    const waiting = here.locks.acquire('a', { wait: 60_000, ttl: LONG_MS });
    await bench.inLine('a', 1);
    await bench.link('sub');
    await until('is heard', async () => (await bench.server.cli('PUBSUB', 'CHANNELS')) !== '');
    const cmd = await bench.link('cmd');
    cmd.hold('toServer');
    await held.release();
    expect((await waiting).isHeld).toBe(true);
    cmd.release();
    await until('renewed', async () => ((await bench.look('a')).holders[0]?.leftMs ?? 0) > 1_000);
  });

  it('The connection for turns is cut: who waits looks by itself, and has the lock all the same', async () => {
    const { here, there, proxy } = bench;
    const held = await there.locks.acquire('a');
    const waiting = here.locks.acquire('a', { wait: 60_000, ttl: LONG_MS });
    await bench.inLine('a', 1);
    const sub = await bench.link('sub');
    await proxy.refuse();
    sub.cut();
    await until('is not heard', async () => (await bench.server.cli('PUBSUB', 'CHANNELS')) === '');
    await held.release();
    expect((await waiting).isHeld).toBe(true);
  });

  it('The turn is told when it is over: who waits does not take what another has', async () => {
    const { here, there } = bench;
    const held = await there.locks.acquire('a', { ttl: LONG_MS });
    const waiting = here.locks.acquire('a', { wait: 60_000, ttl: LONG_MS });
    await bench.inLine('a', 1);
    const sub = await bench.link('sub');
    await until('is heard', async () => (await bench.server.cli('PUBSUB', 'CHANNELS')) !== '');
    const cmd = await bench.link('cmd');
    cmd.hold('toServer');
    sub.hold('toClient');
    await held.release();
    await sub.waitForHeld('toClient');
    const next = await there.locks.acquire('a', { wait: 60_000, ttl: LONG_MS });
    cmd.release();
    await bench.inLine('a', 1); // asks again, and stands in line anew
    let had = false;
    void waiting.then(() => (had = true));
    // Sent behind the turn, so that the turn has been heard when this has.
    const marked = new Promise((resolve) => void here.client.subscribe('mark', resolve));
    sub.release();
    await until('subscribed', async () => (await there.client.publish('mark', 'x')) === 1);
    await marked;
    await bench.inLine('a', 1);
    expect([had, next.isHeld]).toEqual([false, true]);
    await next.release();
    expect((await waiting).fencingToken).toBeGreaterThan(next.fencingToken);
  });
});
