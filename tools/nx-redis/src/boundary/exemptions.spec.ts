import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@nx/devkit';
import { BANNED_IMPORTS, isBanned, matches, REDIS_PACKAGES } from '../audit/makes/banned-imports';

interface Policy {
  '@nx/enforce-module-boundaries'?: [string, { depConstraints: { bannedExternalImports?: string[] }[] }];
}

const { rules, overrides } = JSON.parse(readFileSync(join(workspaceRoot, '.eslintrc.json'), 'utf8')) as {
  rules: Policy;
  overrides: { files: string[]; rules: Policy }[];
};

function bannedBy(policy: Policy): string[] | undefined {
  return policy['@nx/enforce-module-boundaries']?.[1].depConstraints[0]?.bannedExternalImports;
}

const all = bannedBy(rules) ?? [];
const drivers = all
  .filter((pattern) => !BANNED_IMPORTS.includes(pattern))
  .map((pattern) => pattern.replace('*', 'x'));
const clients = [...REDIS_PACKAGES, 'ioredis/built/Redis', 'ioredis-of-somebody', '@redis/of-somebody'];

describe('what lint bans', () => {
  it('is what the audit knows and init bans', () => {
    expect(all.slice(0, BANNED_IMPORTS.length)).toEqual(BANNED_IMPORTS);
    expect(clients.filter((name) => !isBanned(name))).toEqual([]);
  });

  it('is no door, no server, and nothing that has other stores, too', () => {
    const innocent = ['@sluice/data-access-redis', 'js-redis-server', 'keyv', 'typeorm', 'bottleneck'];
    expect(innocent.filter(isBanned)).toEqual([]);
  });
});

/** An override replaces the list at the root: a name that is added there alone would be free in these folders. */
describe('exemptions in .eslintrc.json', () => {
  const exempt = overrides.flatMap(({ files, rules }) => {
    const banned = bannedBy(rules);
    return banned ? [[files.join().replace('/**/*.?(c|m)[jt]s?(x)', ''), banned] as const] : [];
  });

  it.each(exempt)('%s may import what it owns, and nothing else that is banned', (folder, banned) => {
    const own: Record<string, string[]> = {
      'libs/data-access-redis': ['ioredis', 'ioredis/built/Redis'],
      'libs/data-access-database': drivers,
      'libs/testing-servers': drivers,
      'tools/benchmarks': clients,
    };
    const free = [...clients, ...drivers].filter((name) => !matches(banned, name));
    expect(free.sort()).toEqual(own[folder]?.sort());
  });

  it('are as few as that', () => expect(exempt).toHaveLength(4));
});
