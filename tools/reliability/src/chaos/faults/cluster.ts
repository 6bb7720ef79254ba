import type { RedisProcess, SlotMigration } from '@sluice/testing-servers';
import type { Fault } from '../matrix';
import type { ClusterServers } from '../servers/cluster';
import { proven } from './fault';

const MOVES = 8;

let lost: RedisProcess | undefined;

const nodeLost: Fault<ClusterServers> = {
  name: 'Cluster node lost',
  summary: 'One of three masters is killed; the fault is over when its replica has taken over.',
  effect: { commands: 'partly', data: 'behind' },
  async strike({ cluster }) {
    lost = await cluster.ownerOf(await cluster.slotOf('sluice:tag:cache:chaos-read'));
    await lost.kill();
    return proven(`the master of a third of the slots is ${lost.running ? 'there' : 'gone'}`, !lost.running);
  },
  async end({ cluster }) {
    await cluster.healthy();
    return 'the Cluster served all slots again';
  },
};

let moves: Promise<number> | undefined;

const slotMoving: Fault<ClusterServers> = {
  name: 'slot moving',
  summary: 'The slots of keys in use move from master to master, under load and one after the other.',
  effect: { commands: 'partly', data: 'kept' },
  async strike({ cluster }) {
    const slots = await slotsInUse(cluster);
    const move = async (slot: number): Promise<SlotMigration> => {
      const from = await cluster.ownerOf(slot);
      const to = cluster.masters.find((master) => master.running && master !== from) as RedisProcess;
      return cluster.beginMigration(slot, from, to);
    };
    const first = slots.shift() as number;
    const migration = await move(first);
    const nodes = await (await cluster.ownerOf(first)).cli('CLUSTER', 'NODES');
    const begun = nodes.includes(`[${first}->-`);
    moves = (async () => {
      await migration.moveKeys();
      await migration.finish();
      for (const slot of slots) {
        const next = await move(slot);
        await next.moveKeys();
        await next.finish();
      }
      return slots.length + 1;
    })();
    return proven(`slot ${first} is ${begun ? 'on its way' : 'where it was'}`, begun);
  },
  async end({ cluster }) {
    const moved = await moves;
    await cluster.healthy();
    return `${moved} slots moved`;
  },
};

async function slotsInUse(cluster: ClusterServers['cluster']): Promise<number[]> {
  const names = await Promise.all(
    cluster.masters.map(async (master) => (await master.cli('--scan')).split('\n').filter(Boolean)),
  );
  const slots = new Set<number>();
  for (const name of names.flat()) {
    slots.add(await cluster.slotOf(name));
    if (slots.size === MOVES) break;
  }
  return [...slots];
}

export const clusterFaults = [slotMoving, nodeLost];
