import type { RedisCache } from '../../../index';
import { useChangingCluster } from '../../../testing/changing-cluster';
import { inUse, isNear, untilNear } from '../../../testing/proxied-app';
import { until } from '../../../testing/redis-test-app';
import type { RedisTestApp } from '../../../testing/redis-test-app';
import { SlotInquiry } from '../../connection/cluster/slot-inquiry';
import { TrackingLink } from './tracking-link';

jest.setTimeout(120_000);

interface Thing {
  n: number;
}

describe('a value that is kept in a process, in a Cluster that changes,', () => {
  const changing = useChangingCluster();
  let here: RedisTestApp;
  let there: RedisTestApp;
  let near: RedisCache<Thing>;
  let theirs: RedisCache<Thing>;

  beforeEach(() => {
    ({ here, there } = changing);
    const options = { ttl: 60_000, near: {}, tags: () => ['shared'] };
    near = here.redis.cache<Thing>('thing', options);
    theirs = there.redis.cache<Thing>('thing', options);
  });

  /** Sooner than the Cluster is asked anyway. */
  const is = (n: number | undefined) =>
    until(`it is ${n}`, async () => (await near.get('1'))?.n === n, 5_000);

  /** A cache drops what it cannot write soon, and the connection to a new master has to be made. */
  const write = (n: number) =>
    until(
      `${n} is written`,
      async () => {
        await theirs.set('1', { n });
        return (await theirs.get('1'))?.n === n;
      },
      20_000,
    );

  it.each([
    ['its slot', () => `${here.prefix}cache:thing:1`],
    ['the slot of its tag', () => `${here.prefix}tag:shared`],
  ])('goes when %s moves, and what changes at the new master is heard', async (_, key) => {
    await write(1);
    await untilNear(near, '1');
    await changing.move(key());
    await write(2);
    await is(2);
    await untilNear(near, '1');
    await write(3);
    await is(3);
    await untilNear(near, '1');
    await there.redis.invalidateTags(['shared']);
    await is(undefined);
  });

  it('is not kept while one master cannot tell what changes', async () => {
    await write(1);
    await untilNear(near, '1');
    const arm = jest
      .spyOn(TrackingLink.prototype as unknown as { arm(): Promise<void> }, 'arm')
      .mockResolvedValue();
    const master = await changing.ownerOf(`${here.prefix}cache:thing:1`);
    const links = (await master.cli('CLIENT', 'LIST')).matchAll(/^id=(\d+) .*name=sluice:inv:/gm);
    for (const [, id = ''] of links) await master.cli('CLIENT', 'KILL', 'ID', id);
    await until('the link is lost', async () => {
      await near.get('1');
      return !isNear(near, '1');
    });
    for (const n of [2, 3]) {
      await theirs.set('1', { n });
      expect(await near.get('1')).toEqual({ n });
      expect(isNear(near, '1')).toBe(false);
    }
    arm.mockRestore();
  });

  it('is not served by the word of a master that was replaced and hears nothing from its successor', async () => {
    await write(1);
    await untilNear(near, '1');
    const master = await changing.ownerOf(`${here.prefix}cache:thing:1`);
    const replica = await changing.replicaOf(master);
    // It would say in the end who serves the key, and the value would go.
    const asked = jest.spyOn(SlotInquiry.prototype, 'of').mockRejectedValue(new Error('not asked'));
    await changing.cluster.stopReplication(replica);
    try {
      await inUse(near, '1', async () => {
        await changing.cluster.failover(replica);
        await until('it is not believed', () => !isNear(near, '1'), 20_000);
      });
      asked.mockRestore();
      await write(2);
      await is(2);
    } finally {
      await changing.cluster.resumeReplication(replica);
    }
    await until(
      'it has replicated',
      async () => (await master.cli('INFO', 'replication')).includes('master_link_status:up'),
      20_000,
    );
  });

  it('goes when its master hands over to its replica, and what changes there is heard', async () => {
    await write(1);
    await untilNear(near, '1');
    const master = await changing.ownerOf(`${here.prefix}cache:thing:1`);
    await changing.cluster.failover(await changing.replicaOf(master));
    await write(2);
    await is(2);
    await until('it is kept again', () => isNear(near, '1') || near.get('1').then(() => false));
    await write(3);
    await is(3);
  });
});
