import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisUsageError } from '../../index';
import { resolveCacheOptions } from './redis-cache-options';
import type { RedisCacheOptions } from './redis-cache-options';

describe('the options of a cache', () => {
  it('have the defaults that the guide names, each of them', () => {
    const guide = readFileSync(join(__dirname, '../../../../../docs/guides/caching.md'), 'utf8');
    const rows = [...guide.matchAll(/^\| `([\w.]+)` +\| (\S.*?) +\|/gm)];
    const defaults: Record<string, unknown> = {};
    const resolved = resolveCacheOptions('x', { ttl: 1_234, near: {} });
    for (const [, path = '', text = ''] of rows) {
      const found = path
        .split('.')
        .reduce<unknown>((o, key) => (o as Record<string, unknown>)[key], resolved);
      defaults[path] = found;
      const number = /^`([\d.]+)`$/.exec(text)?.[1];
      if (number !== undefined) expect([path, found]).toEqual([path, Number(number)]);
    }
    expect(defaults['near.ttl']).toBe(1_234);
    expect(defaults['softTimeout']).toBe(resolved.hardTimeout);
    const covered = new Set(Object.keys(defaults).map((path) => path.split('.')[0]));
    expect(covered).toEqual(new Set(Object.keys(resolved)));
  });

  it.each<[string, Partial<RedisCacheOptions>, RegExp]>([
    ['a ttl of 0', { ttl: 0 }, /time-to-live/],
    ['half a millisecond', { ttl: 0.5 }, /time-to-live/],
    ['a jitter above 1', { jitter: 1.5 }, /jitter/],
    ['a negative negativeTtl', { negativeTtl: -1 }, /^negativeTtl/],
    ['a negative staleWhileRevalidate', { staleWhileRevalidate: -1 }, /^staleWhileRevalidate/],
    ['a failSafe without a number', { failSafe: { maxAge: NaN } }, /^failSafe\.maxAge/],
    ['a hardTimeout that Node would fire at once', { hardTimeout: 2 ** 31 }, /^hardTimeout/],
    ['a softTimeout above the hard one', { softTimeout: 200, hardTimeout: 100 }, /softTimeout must not/],
    ['an earlyRefresh of -1', { earlyRefresh: -1 }, /^earlyRefresh/],
    ['no room near', { near: { maxBytes: 10 } }, /^near\.maxBytes/],
    ['a near ttl of 0', { near: { ttl: 0 } }, /time-to-live/],
    ['a maxValueSize of 0', { maxValueSize: 0 }, /^maxValueSize/],
  ])('refuse %s', (_, options, message) => {
    expect(() => resolveCacheOptions('x', { ttl: 1_000, ...options })).toThrow(RedisUsageError);
    expect(() => resolveCacheOptions('x', { ttl: 1_000, ...options })).toThrow(message);
  });

  it.each(['', 'With Blanks', 'a:b', '-a', 'ä', 'a'.repeat(64)])('refuse the name %j', (name) => {
    expect(() => resolveCacheOptions(name, { ttl: 1 })).toThrow(/lower case/);
  });
});
