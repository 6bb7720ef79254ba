import { join } from 'node:path';
import { pollUntil } from '@sluice/testing-servers';
import { now } from '../matrix';
import { ServedProcess } from '../processes/served-process';
import type { Servers } from '../servers/servers';
import { GROUPS } from './all-faults';

const LASTS_MS = 1_000;

// What a row does to Redis, seen by the library alone: that it hits is proved by the fault itself, or it throws.
describe.each(GROUPS.map((group) => [group.topology, group] as const))('on %s', (_, group) => {
  let servers: Servers;
  let library: ServedProcess;

  beforeAll(async () => {
    servers = await group.start();
    const main = join(__dirname, '../processes/library-main.ts');
    library = ServedProcess.start('library', { main, env: servers.env, source: true });
    servers.users = [library];
    if (!(await pollUntil(() => library.ready, 90_000))) throw new Error(library.output);
  }, 120_000);
  afterAll(async () => {
    await library?.stop();
    await servers?.stop();
  }, 60_000);

  const faults = group.faults.filter(({ lastsMs }) => (lastsMs ?? 0) < 60_000);

  it.each(faults.map((fault) => [fault.name, fault] as const))(
    '%s hits and ends, and nobody forgets to catch it',
    async (_name, fault) => {
      expect(await readsFromRedis(library)).toBe(true);
      expect(await fault.strike(servers, LASTS_MS)).not.toBe('');
      await fault.end(servers);
      expect(await readsFromRedis(library)).toBe(true);
      expect(library.unhandled).toEqual([]);
    },
    150_000,
  );
});

/** Whether it says within a minute, of a read that ended from now on, that Redis served it. */
function readsFromRedis({ samples }: ServedProcess): Promise<boolean> {
  const since = now();
  samples.splice(0);
  return pollUntil(
    () => samples.some(({ column, usual, at }) => column === 'cached read' && usual && at > since),
    60_000,
  );
}
