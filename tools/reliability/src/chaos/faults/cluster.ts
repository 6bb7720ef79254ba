import { until } from '@sluice/testing-servers';
import type { RedisProcess, SlotMigration } from '@sluice/testing-servers';
import type { Fault } from '../matrix';
import type { ClusterServers } from '../servers/cluster';
import { proven } from './fault';

const nodeLost: Fault<ClusterServers> = {
  name: 'Cluster node lost',
  summary:
    'Each of three masters is killed, so that every column loses the one that its keys lie on; the next when the replica of the one before has taken over. The fault is over when the last has.',
  effect: { commands: 'partly', data: 'behind' },
  async strike({ cluster }) {
    let replaced = 0;
    for (const master of cluster.masters) {
      await master.kill();
      await until('a replica has taken over', async () => (await masterCount(cluster.replicas)) > replaced);
      replaced += 1;
      await cluster.healthy();
    }
    const gone = cluster.masters.filter(({ running }) => !running).length;
    return proven(
      `${gone} masters are gone, ${replaced} replicas in their place`,
      gone === 3 && replaced === 3,
    );
  },
  async end({ cluster }) {
    await cluster.healthy();
    return 'the Cluster served all slots again';
  },
};

async function masterCount(nodes: readonly RedisProcess[]): Promise<number> {
  const roles = await Promise.all(nodes.map((node) => node.cli('INFO', 'replication')));
  return roles.filter((role) => /^role:master/m.test(role)).length;
}

/** How the keys begin that the columns depend on. */
const IN_USE = [
  ...['cache:chaos-read:', 'cache:chaos-write:', 'cache:chaos-truth:', 'tag:chaos:', 'cache:session'],
  ...['lock:{chaos-held}', 'lock:{chaos-queue}', 'job:chaos-register', 'leader:{chaos}'],
  ...['throttle:', 'lock:{image'],
];

let moves: Promise<string[]> | undefined;

const slotMoving: Fault<ClusterServers> = {
  name: 'slot moving',
  summary:
    'The slots of keys that the columns depend on move from master to master, under load and one after the other.',
  effect: { commands: 'partly', data: 'kept' },
  async strike({ cluster }) {
    const slots = await slotsInUse(cluster);
    const move = async (slot: number): Promise<SlotMigration> => {
      const from = await cluster.ownerOf(slot);
      const to = cluster.masters.find((master) => master.running && master !== from) as RedisProcess;
      return cluster.beginMigration(slot, from, to);
    };
    const [first = 0] = slots.keys();
    const migration = await move(first);
    const nodes = await (await cluster.ownerOf(first)).cli('CLUSTER', 'NODES');
    const begun = nodes.includes(`[${first}->-`);
    moves = (async () => {
      for (const [slot] of slots) {
        const next = slot === first ? migration : await move(slot);
        await next.moveKeys();
        await next.finish();
      }
      return [...slots.values()];
    })();
    return proven(`slot ${first} is ${begun ? 'on its way' : 'where it was'}`, begun);
  },
  async end({ cluster }) {
    const moved = (await moves) ?? [];
    await cluster.healthy();
    return `the slots of ${moved.join(', ')} moved`;
  },
};

/** Of each that is in use one, with how its key begins; a key with a hash tag need not be there now. */
async function slotsInUse(cluster: ClusterServers['cluster']): Promise<Map<number, string>> {
  const lists = await Promise.all(cluster.masters.map((master) => master.cli('--scan')));
  const names = lists.flatMap((list) => list.split('\n'));
  const slots = new Map<number, string>();
  for (const beginning of IN_USE) {
    const name = beginning.endsWith('}') ? beginning : names.find((one) => one.includes(beginning));
    if (name) slots.set(await cluster.slotOf(name), beginning);
  }
  return slots;
}

export const clusterFaults = [slotMoving, nodeLost];
