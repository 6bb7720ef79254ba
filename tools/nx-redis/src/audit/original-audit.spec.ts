import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@nx/devkit';

/** The document of this workspace; `npm test` checks that it is what the audit says now. */
const document = readFileSync(join(workspaceRoot, 'docs/redis-usage-audit.md'), 'utf8');

function section(title: string): string {
  const [, rest = ''] = document.split(`\n### ${title}\n`);
  return rest.split(/\n##/, 1)[0] ?? '';
}

/** What a list by hand once said of this product, each with its way to Redis. */
describe('services that were once listed by hand', () => {
  it.each([
    'RedisService',
    'RedisLockService',
    'RedisLeaderElectionService',
    'ThrottlerStorageRedisService',
    'ComfyUIJobRunnerAdapter',
  ])('%s has the client itself', (name) => {
    expect(section('By direct injection of the client')).toContain(`**${name}**`);
  });

  it.each(['AuthCacheService', 'ImageGalleryCacheService', 'CharacterCacheService'])(
    '%s has the wrapper service',
    (name) => {
      expect(section('Through the wrapper service')).toContain(`**${name}**`);
    },
  );

  it.each(['HealthService', 'ImageService'])('%s comes to the wrapper service by another one', (name) => {
    expect(section('Through another service')).toMatch(new RegExp(`\\*\\*${name}\\*\\*.*→ RedisService`));
  });

  it('and nobody else makes a client', () => {
    expect(document).toContain('✅ verified');
    expect(document).toContain('of which 0 outside of the owner');
  });
});
