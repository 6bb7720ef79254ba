import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const GUIDE = readFileSync(join(__dirname, '../../../../docs/guides/production.md'), 'utf8');

/** The user that `docs/guides/production.md` makes, with the smallest rights. */
export const GUIDE_USER = { username: 'sluice', password: 'a-long-password', keyPrefix: 'sluice:' } as const;

/** The lines of the guide that make it, in words for redis-cli; for a Cluster with its further rights. */
export function linesOfGuide({ cluster }: { cluster: boolean }): string[][] {
  const lines = [...GUIDE.matchAll(/^ACL SETUSER sluice .*$/gm)].map(([line]) => line.split(' '));
  return lines.filter((words) => cluster || !words.includes('+asking'));
}
