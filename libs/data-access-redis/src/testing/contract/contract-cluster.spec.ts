import { startCluster } from '@sluice/testing-servers';
import type { RedisCluster } from '@sluice/testing-servers';
import { closeRedisApps, redisApp } from '../redis-test-app';
import { GUIDE_USER, linesOfGuide } from '../guide-user';
import { holdToContract } from '../hold-to-contract';

jest.setTimeout(60_000);

const lines = linesOfGuide({ cluster: true });

/** A Cluster, and the user of the guide with the smallest rights. */
describe('a Cluster', () => {
  let cluster: RedisCluster;
  const options = () => ({ ...GUIDE_USER, cluster: { nodes: cluster.addresses } });
  const askAll = (...words: string[]) => Promise.all(cluster.masters.map((node) => node.cli(...words)));

  beforeAll(async () => {
    cluster = await startCluster();
    for (const words of lines) await askAll(...words);
  });
  afterEach(closeRedisApps);
  afterAll(() => cluster.stop());

  describe('RESP3', () => holdToContract(options));
  describe('RESP2', () => holdToContract(() => ({ ...options(), protocol: 2 })));

  it('needs the further rights that the guide names, and no others', async () => {
    const { client } = await redisApp(cluster.addresses, GUIDE_USER);
    await client.set('job:moving', 'x', { ttl: 60_000 });
    const slot = await cluster.slotOf('sluice:job:moving');
    const from = await cluster.ownerOf(slot);
    const to = cluster.masters.find((node) => node !== from) as typeof from;
    const migration = await cluster.beginMigration(slot, from, to);
    await migration.moveKeys();
    expect(await client.get('job:moving')).toBe('x');
    await migration.finish();

    expect(await askAll('ACL', 'LOG')).toEqual(['', '', '']);
    const further = lines.flat().filter((word) => /^\+(cluster|asking)/.test(word));
    expect(further.length).toBeGreaterThan(0);
    const ran = (await askAll('INFO', 'commandstats')).join('\n');
    for (const right of further) expect(ran).toContain(`cmdstat_${right.slice(1)}:`);
  });
});
