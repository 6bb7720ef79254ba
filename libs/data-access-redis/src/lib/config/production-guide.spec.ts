import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { REDIS_ERROR_CODES } from '../connection/redis.errors';

const read = (file: string) => readFileSync(join(__dirname, file), 'utf8');

it('the guide to production names no variable that is not read', () => {
  const guide = read('../../../../../docs/guides/production.md');
  const named = new Set(guide.match(/\bREDIS_[A-Z_]+\b/g));
  for (const code of Object.keys(REDIS_ERROR_CODES)) named.delete(code);
  const source = read('redis-environment.ts');
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !source.includes(`'${name}'`))).toEqual([]);
});

it('who holds his Redis to the contract as the guide says can do so as the user that it makes', () => {
  const guide = read('../../../../../docs/guides/production.md');
  const prefix = /const options = \{.* keyPrefix: '([^']+)' \}/.exec(guide)?.[1];
  expect(prefix).toBeDefined();
  expect(guide).toMatch(new RegExp(`^ACL SETUSER .* ~${prefix}\\* &${prefix}\\* `, 'm'));
});
