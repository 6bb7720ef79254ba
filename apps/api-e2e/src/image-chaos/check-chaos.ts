import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { executeSql } from '@sluice/testing-servers';
import { call } from '../support/api-client';
import type { Hit } from './fleet';
import { readHistory } from './job-history';
import { type ChaosPlan, type ChaosWorld, runChaos } from './run-chaos';
import { begunAgain, handsChanged, orphanedFor, paintedAgain, ranWhenHit, wrongWrites } from './verdict';

/** In ms, from the death of a process to the moment when somebody else has its job. */
const LONGEST_ORPHANED_MS = 30_000;

export type ChaosReport = Awaited<ReturnType<typeof checkChaos>>;

/** Runs it, holds what is left against the promises, and prints what has happened. */
export async function checkChaos(plan: ChaosPlan) {
  console.info(`The chaos has the seed ${plan.seed}; CHAOS_SEED=${plan.seed} is the same again.`);
  const startedAt = Date.now();
  const world = await runChaos(plan);
  try {
    const { fleet, comfies, databaseUrl } = world;
    const history = await readHistory(databaseUrl);
    const ledgers = comfies.map(({ ledger }) => ledger);
    const orphaned = orphanedFor(history, fleet.hits);
    const ends = await endsOf(world);
    const report = {
      seconds: Math.round((Date.now() - startedAt) / 1_000),
      ...ends,
      ...hitsOf(world, history),
      restarts: world.restarts,
      begunAgain: begunAgain(history, ledgers),
      orphans: orphaned.length,
      longestOrphanedMs: Math.round(Math.max(0, ...orphaned)),
      handsChanged: handsChanged(history),
      mostLosses: Number(
        (await executeSql(databaseUrl, 'select max(losses) as most from images'))[0]?.['most'],
      ),
      strayFiles: await strayFiles(world),
    };
    console.info('What has happened:', report);
    expect({ completed: ends.completed + ends.cancelled, failed: ends.failed }).toEqual({
      completed: plan.jobs,
      failed: [],
    });
    expect(history.size).toBe(plan.jobs);
    expect(wrongWrites(history, fleet.pids)).toEqual([]);
    expect(paintedAgain(history, ledgers)).toEqual([]);
    expect(orphaned.filter((ms) => ms > LONGEST_ORPHANED_MS)).toEqual([]);
    expect(await Promise.all(comfies.map(({ url }) => queueOf(url)))).toEqual([[], []]);
    expect(fleet.output).not.toMatch(/unhandled|uncaught/i);
    return report;
  } finally {
    await world.close();
  }
}

/** How images have ended, as their owners see it. Each completed one has a file of its own, and it is whole. */
async function endsOf({ asked, people, fleet, folder, databaseUrl }: ChaosWorld) {
  const rows = await executeSql(databaseUrl, 'select id, file_key, sha256 from images');
  const files = new Map(rows.map((row) => [row['id'], row]));
  const ends = { completed: 0, cancelled: 0, failed: [] as (string | undefined)[] };
  const keys = new Set<string>();
  for (const one of asked) {
    const image = await people.see(one);
    const key = files.get(one.id)?.['file_key'] ?? null;
    expect(key !== null).toBe(image.status === 'completed');
    if (image.status === 'failed') ends.failed.push(image.error?.code);
    if (image.status === 'cancelled') ends.cancelled += 1;
    if (key === null) continue;
    ends.completed += 1;
    keys.add(key);
    const content = readFileSync(join(folder, key.slice(0, 2), key));
    expect(createHash('sha256').update(content).digest('hex')).toBe(files.get(one.id)?.['sha256']);
    expect((await call(fleet.url, 'GET', image.links.file ?? '')).status).toBe(200);
  }
  expect(keys.size).toBe(ends.completed);
  return ends;
}

/** How often something was done to a process, and how often it was running a job at that moment. */
function hitsOf({ fleet: { hits } }: ChaosWorld, history: Awaited<ReturnType<typeof readHistory>>) {
  const times = (what: Hit['what']) => {
    const all = hits.filter((hit) => hit.what === what);
    return { all: all.length, ofRunning: all.filter((hit) => ranWhenHit(history, hit).length > 0).length };
  };
  return { kills: times('kill'), freezes: times('freeze'), delays: times('delay'), terms: times('term') };
}

/** Those that no image has, and those that were never finished: the clean-up finds both by their names. */
async function strayFiles({ folder, databaseUrl }: ChaosWorld): Promise<string[]> {
  const rows = await executeSql(
    databaseUrl,
    'select file_key, thumb_key from images where file_key is not null',
  );
  const known = new Set(rows.flatMap(({ file_key, thumb_key }) => [file_key, thumb_key]));
  const there = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const strays = there.filter(({ name }) => !known.has(name));
  for (const { name, parentPath } of strays) {
    expect(parentPath.endsWith('unfinished') || /^[0-9a-f]{64}\.(png|webp)$/.test(name)).toBe(true);
  }
  return strays.map(({ name, parentPath }) => `${parentPath.slice(folder.length)}/${name}`);
}

/** What a server still has to do. */
async function queueOf(url: string): Promise<unknown[]> {
  const { body } = await call<Record<'queue_running' | 'queue_pending', unknown[]>>(url, 'GET', '/queue');
  return [...body.queue_running, ...body.queue_pending];
}
