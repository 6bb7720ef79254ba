import { startSentinel } from '../../../index';
import type { RedisSentinel } from '../../../index';
import { pollUntil } from '../../process/poll-until';
import { isAlive } from '../../process/process-tree';

jest.setTimeout(90_000);

describe('a master that sentinels watch', () => {
  let sentinel: RedisSentinel;

  beforeAll(async () => {
    sentinel = await startSentinel({
      ...{ name: 'the-main', replicas: 2, password: 'p@ss#%', sentinelPassword: 'an "other"' },
      ...{ proxied: true, downAfterMs: 1_000 },
    });
  });
  afterAll(() => sentinel.stop());

  it('is known to three sentinels, with its replicas, through the proxies', async () => {
    const [first] = sentinel.servers;
    expect(await sentinel.master()).toBe(first);
    expect(await first?.cli('INFO', 'replication')).toMatch(/connected_slaves:2/);
    const [, port] = (
      (await sentinel.sentinels[2]?.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'the-main')) ?? ''
    ).split('\n');
    expect(Number(port)).toBe(sentinel.proxies[0]?.port);
  });

  it('hands over as planned, and becomes a replica', async () => {
    const [first] = sentinel.servers;
    const next = await sentinel.failover();
    expect(next).not.toBe(first);
    await sentinel.settled();
    expect(await first?.cli('ROLE')).toMatch(/^slave/);
  });

  it('is replaced when the network cuts it off, and learns it when it is back', async () => {
    const before = await sentinel.master();
    const proxy = sentinel.proxies[sentinel.servers.indexOf(before)];
    proxy?.drop();
    expect(await pollUntil(async () => (await sentinel.master()) !== before, 30_000)).toBe(true);
    expect(await before.cli('ROLE')).toMatch(/^master/);
    await proxy?.heal();
    await sentinel.settled();
    expect(await before.cli('ROLE')).toMatch(/^slave/);
  });

  it('leaves nothing behind', async () => {
    const pids = [...sentinel.servers, ...sentinel.sentinels].map(({ pid }) => pid);
    await Promise.all([sentinel.stop(), sentinel.stop()]);
    expect(pids.some(isAlive)).toBe(false);
  });
});
