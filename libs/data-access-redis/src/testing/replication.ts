import { until } from '@sluice/testing-servers';
import type { RedisProcess } from '@sluice/testing-servers';

/** How far a server has got in what its master, or it itself, has written. */
export async function replicationOffset(server: RedisProcess): Promise<number> {
  const info = await server.cli('INFO', 'replication');
  return Number(/^(?:slave_repl|master_repl)_offset:(\d+)/m.exec(info)?.[1]);
}

/** Resolves when the replica has all that the master has; at most 30 s. */
export async function copied(master: RedisProcess, replica: RedisProcess): Promise<void> {
  const isCopied = async () => (await replicationOffset(master)) === (await replicationOffset(replica));
  await until('all is copied', isCopied);
}
