import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readLua } from '../../lib/client/read-lua';
import type { RedisClient } from '../../lib/client/redis-client';
import { LeaseScripts } from '../../lib/lease/lease-scripts';
import { redisApp } from '../redis-test-app';
import type { LeaseMutant } from './lease-mutants';
import type { LeaseServer } from './lease-run';
import { StoredLeases } from './stored-lease';

const LEASE = join(__dirname, '../../lib/lease');

/** The scripts as they are shipped, or a mutant, on a connection that also listens to a channel. */
export async function leaseServer(url: string, mutant?: LeaseMutant): Promise<LeaseServer> {
  const { client, prefix } = await redisApp(url, { commandTimeoutMs: 20_000 });
  const heard = ['heard-0', 'heard-1'];
  for (const channel of heard) await client.subscribe(channel, () => undefined);
  const server = {
    client,
    prefix,
    channels: { heard, unheard: 'unheard' },
    scripts: new LeaseScripts(mutant ? mutated(client, mutant) : client, `${prefix}ch:`),
    stored: new StoredLeases(client),
  };
  await loadScripts(server);
  return server;
}

/** A script that Redis does not know yet is sent a second time, and would then be overtaken by the next command. */
async function loadScripts({ scripts, stored, prefix }: LeaseServer): Promise<void> {
  for (const permits of [1, 2]) {
    const name = `${prefix}lock:{${randomUUID()}}`;
    const keys = [name, `${name}:queue`] as const;
    const identity = { kind: 'lock' as const, keys, id: 'nobody/1/nobody', permits };
    await scripts.acquire(identity, 1_000, false);
    await scripts.renew(identity, 1_000, 1_000);
    await scripts.release(identity);
    await stored.setClockBack(keys);
    await stored.elapse(keys, 1);
    await stored.look(keys);
  }
}

function mutated(client: RedisClient, { file, find, put }: LeaseMutant): RedisClient {
  const shipped = readLua(LEASE, `${file}.lua`);
  const changed = shipped.replace(find, () => put);
  if (changed === shipped) throw new Error(`the mutant does not find "${find}" in ${file}.lua any more`);
  const defineScript: RedisClient['defineScript'] = (definition) =>
    client.defineScript({ ...definition, lua: definition.lua.replace(shipped, () => changed) });
  return { defineScript } as RedisClient;
}
