import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@nx/devkit';
import { type RedisProcess, startRedis } from '@sluice/testing-servers';
import { auditRepository } from '../audit-repository';
import { FixtureRepository } from '../testing/fixture';
import { auditLive } from './audit-live';

const CONFIG = { owner: ['libs/redis'], boot: ['node', 'apps/api/src/main.ts'] };
const LOADER = `--require=${join(workspaceRoot, 'libs/testing-servers/register.cjs')}`;

/** A real Nest application on a real Redis, in which one thing after the other is wrong. */
describe('the live audit', () => {
  const before = { ...process.env };
  let redis: RedisProcess;
  let repository: FixtureRepository;

  beforeAll(async () => {
    redis = await startRedis();
    repository = new FixtureRepository('live');
    symlinkSync(join(workspaceRoot, 'node_modules'), join(repository.root, 'node_modules'));
    process.env['LIVE_REDIS_URL'] = redis.url;
    process.env['NODE_OPTIONS'] = LOADER;
  });

  afterAll(async () => {
    process.env = before;
    repository.remove();
    await redis.stop();
  });

  const audit = (wrong: string) => {
    process.env['LIVE_WRONG'] = wrong;
    return auditLive(repository.root, CONFIG, auditRepository(repository.root, CONFIG));
  };

  it('has nothing to say when only the owner connects and the code tells the truth', async () => {
    const { problems, summary, section } = await audit('');
    expect(problems).toEqual([]);
    expect(section).toContain('Not asked of Nest: `Coming`, in files that this application does not load.');
    expect(summary).toContain('cmd 1');
  });

  it.each([
    ['keeps', 'a connection without a name is not declared; it was opened at', 'apps/api/src/rogues.ts'],
    ['dials', 'a connection without a name is not declared; it was opened at', 'apps/api/src/rogues.ts'],
    ['leaves', 'came and went that the owner did not open; it was opened at', 'apps/api/src/rogues.ts'],
    ['fewer', '1 connections of the role "cmd", declared are 2', ''],
    ['absent', 'Feature injects RedisService in the code, but not in Nest', ''],
    ['hidden', 'Hidden injects RedisService in Nest', ''],
  ])('%s: %s', async (wrong, message, where) => {
    const { problems } = await audit(wrong);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toContain(message);
    expect(problems[0]).toContain(where);
  });

  it.each([
    ['silent', 'ended without publishing'],
    ['fails', 'no such page'],
  ])('%s: cannot be run, and says why', async (wrong, message) => {
    await expect(audit(wrong)).rejects.toThrow(message);
  });
});
