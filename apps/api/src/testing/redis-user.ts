import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisProcess } from '@sluice/testing-servers';

const ROOT = join(__dirname, '../../../..');
export const USER = 'sluice';
export const PASSWORD = 'a-long-password';

/** The lines of the guide that make the user, ready for redis-cli. */
export function linesOfGuide(): string[][] {
  const guide = readFileSync(join(ROOT, 'docs/guides/production.md'), 'utf8');
  const section = guide.split('\n## The smallest rights\n')[1]?.split('\n## ')[0] ?? '';
  return (/```\n(ACL SETUSER [^]*?)```/.exec(section)?.[1] ?? '')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
}

/** Commands that these lines grant. */
export function grantedBy(lines: readonly (readonly string[])[]): string[] {
  return lines.flatMap((words) => words.filter((word) => word.startsWith('+')).map((word) => word.slice(1)));
}

/** Commands that the server has run since it started, as rights are written; without those that need none. */
export async function commandsSeenBy(redis: RedisProcess): Promise<string[]> {
  const stats = await redis.cli('INFO', 'commandstats');
  const names = [...stats.matchAll(/^cmdstat_([^:]+):calls=[1-9]/gm)].map(([, name = '']) => name);
  // Greetings are allowed to all, and rights are given and looked at by the administrator.
  return names.filter((name) => !/^(hello|auth|quit|reset|acl\|.*)$/.test(name)).sort();
}

/** Commands that scripts may call, in whatever case: a branch that no test takes needs its right, too. */
export function commandsOfScripts(): Set<string> {
  const files = readdirSync(join(ROOT, 'libs'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const source = join(ROOT, 'libs', name, 'src');
      return readdirSync(source, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.lua') && !file.includes('testing'))
        .map((file) => join(source, file));
    });
  const calls = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/redis\.p?call\(\s*'([A-Za-z]+)'(?:, '([A-Z]+)')?/g),
  ]);
  return new Set(
    calls.map(([, name = '', word]) => (name === 'PUBSUB' ? `${name}|${word}` : name).toLowerCase()),
  );
}
