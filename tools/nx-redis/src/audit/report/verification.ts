import type { AuditResult, RuleId } from '../audit-result';
import { plural } from './markdown-parts';

/** What was checked, how, and how it ended. */
export function verificationOf({ violations, places, injections, owner, leftOut }: AuditResult): string {
  const broken = (...rules: RuleId[]) => violations.filter(({ rule }) => rules.includes(rule)).length;
  const libraries = places.filter(
    ({ kind, area }) => kind === 'library' && area !== 'test' && area !== 'exempt',
  );
  const handed = libraries.filter(({ opens }) => opens === 'handed').length;
  const guesses =
    [...places, ...injections].filter(
      ({ confidence, area }) => confidence !== 'certain' && area !== 'test' && area !== 'exempt',
    ).length + (owner.how === 'guessed' ? 1 : 0);
  const checks: [what: string, how: string, broken: number][] = [
    [
      'Nobody but the owner makes a client',
      'every `new`, factory, duplicate and subclass of ioredis, redis, iovalkey, GLIDE and Upstash, followed through imports, re-exports, npm aliases, `require`, `import()` and instances',
      broken('client-outside-owner', 'duplicate-outside-owner'),
    ],
    [
      'No library opens a connection of its own',
      `queues, caches, rate limits, sessions and adapters, each by what it is given; ${libraries.length === 0 ? 'none is in use' : `${handed} of ${plural(libraries.length, 'place')} handed the shared client`}`,
      broken('library-opens-its-own'),
    ],
    [
      'Nobody dials the port of Redis',
      '`net` and `tls` connections to ports 6379, 6380 and 26379',
      broken('raw-socket'),
    ],
    [
      'What makes a client is provided once, for the life of the process',
      'providers of all modules, also by constants and spreads, and their scopes',
      broken('provided-again', 'client-per-request'),
    ],
    ...(owner.how === 'configured'
      ? ([
          [
            'Only the owner depends on a client',
            'every `package.json`, npm aliases too',
            broken('client-package-declared'),
          ],
          [
            'No client class is handed on',
            'every `export … from` a client package',
            broken('client-handed-on'),
          ],
        ] as [string, string, number][])
      : []),
    ['Nothing was left out', 'all sources that git knows, of any size up to 2 MB', leftOut.length],
    ['Nothing was guessed', 'the owner, places, and injections outside of tests', guesses],
  ];
  return checks
    .map(
      ([what, how, count]) =>
        `- [${count === 0 ? 'x' : ' '}] ${what}${count === 0 ? '' : ` (${count})`}: ${how}`,
    )
    .join('\n');
}
