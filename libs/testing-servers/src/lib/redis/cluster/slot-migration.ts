import type { RedisProcess } from '../start-redis';

/** A slot on its way from one master to another. Until it is finished, the first sends clients on by ASK. */
export interface SlotMigration {
  /** Moves the keys that lie there now. */
  moveKeys(): Promise<void>;
  /** The slot is the other's from now on. */
  finish(): Promise<void>;
}

const KEYS_AT_ONCE = 100;
const MIGRATE_WITHIN_MS = 4_000;

/**
 * What `redis-cli --cluster reshard` does for each slot.
 * @param target where it goes, and the port at which other nodes reach it
 * @param nodes all of the Cluster
 */
export async function beginMigration(
  slot: number,
  from: RedisProcess,
  { node: to, port }: { readonly node: RedisProcess; readonly port: number },
  nodes: readonly RedisProcess[],
): Promise<SlotMigration> {
  const [fromId, toId] = await Promise.all([from, to].map((node) => node.cli('CLUSTER', 'MYID')));
  const set = (node: RedisProcess, ...words: string[]) =>
    node.cli('CLUSTER', 'SETSLOT', String(slot), ...words);
  await set(to, 'IMPORTING', fromId as string);
  await set(from, 'MIGRATING', toId as string);
  return {
    moveKeys: async () => {
      for (;;) {
        const found = await from.cli('CLUSTER', 'GETKEYSINSLOT', String(slot), String(KEYS_AT_ONCE));
        if (found === '') return;
        const target = ['127.0.0.1', String(port), '', '0', String(MIGRATE_WITHIN_MS)];
        await from.cli('MIGRATE', ...target, 'REPLACE', ...authOf(to), 'KEYS', ...found.split('\n'));
      }
    },
    finish: async () => {
      // The new owner first: then there is no moment at which each sends clients to the other.
      for (const node of new Set([to, from, ...nodes.filter(({ running }) => running)])) {
        // A replica learns it from its master.
        await set(node, 'NODE', toId as string).catch((error: Error) => {
          if (!/only with masters/.test(error.message)) throw error;
        });
      }
    },
  };
}

function authOf({ url }: RedisProcess): string[] {
  const password = decodeURIComponent(new URL(url).password);
  return password ? ['AUTH', password] : [];
}
