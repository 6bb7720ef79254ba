import { inspect } from 'node:util';
import { RedisConfigError } from '../connection/redis.errors';
import { readRedisEnvironment } from './redis-environment';
import { resolveRedisConfig } from './redis.config';

const SECRET = 'hunter2-s3cret';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';

type Env = Record<string, string>;

function problemsOf(env: Env): string[] {
  try {
    readRedisEnvironment(env);
  } catch (error) {
    if (error instanceof RedisConfigError) {
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
      return [...error.problems];
    }
    throw error;
  }
  return [];
}

describe('configuration from the environment', () => {
  it.each<[string, Env, object]>([
    [
      'nothing: a local server',
      {},
      { host: '127.0.0.1', port: 6379, db: 0, protocol: 3, keyPrefix: 'sluice:' },
    ],
    ['an empty REDIS_URL is not set', { REDIS_URL: ' ' }, { host: '127.0.0.1' }],
    ['a url', { REDIS_URL: 'redis://h:1234/3' }, { host: 'h', port: 1234, db: 3 }],
    ['a scheme in capitals keeps TLS', { REDIS_URL: 'REDISS://h' }, { host: 'h', tls: { servername: 'h' } }],
    [
      'Upstash, pasted: TLS with SNI',
      { REDIS_URL: 'rediss://default:pw@eu1-x.upstash.io:6379' },
      {
        username: 'default',
        password: 'pw',
        tls: { servername: 'eu1-x.upstash.io', rejectUnauthorized: true },
        warnings: [],
      },
    ],
    [
      'Fly, pasted: no port, both address families',
      { REDIS_URL: 'redis://default:pw@fly-x.upstash.io' },
      { host: 'fly-x.upstash.io', port: 6379, family: 0, warnings: [] },
    ],
    ['an IPv6 address', { REDIS_URL: 'rediss://[fdaa::3]:6380' }, { host: 'fdaa::3', port: 6380 }],
    ['a password with # and %', { REDIS_URL: 'redis://:a%23b%25c%2F@h' }, { password: 'a#b%c/' }],
    ['the same in REDIS_PASSWORD', { REDIS_PASSWORD: 'a#b%c/+ ' }, { password: 'a#b%c/+ ' }],
    ['a family in the query', { REDIS_URL: 'redis://h?family=6' }, { family: 6 }],
    [
      'parts',
      { REDIS_HOST: 'h', REDIS_PORT: '7', REDIS_DB: '2', REDIS_TLS: 'true' },
      { host: 'h', port: 7, db: 2, tls: { servername: 'h' } },
    ],
    [
      'a CA in one line',
      { REDIS_TLS: 'true', REDIS_TLS_CA: PEM.replace(/\n/g, '\\n') },
      { tls: { ca: PEM } },
    ],
    [
      'a CA in base64',
      { REDIS_TLS: 'true', REDIS_TLS_CA: Buffer.from(PEM).toString('base64') },
      { tls: { ca: PEM } },
    ],
    [
      'a name for an address behind a tunnel',
      { REDIS_URL: 'rediss://127.0.0.1', REDIS_TLS_SERVERNAME: 'real' },
      { tls: { servername: 'real' } },
    ],
    ['near caches switched off', { REDIS_NEAR_CACHE: 'false' }, { nearCache: false }],
    ['a prefix without its colon', { REDIS_KEY_PREFIX: 'shop' }, { keyPrefix: 'shop:' }],
    [
      'REDIS_PORT from Kubernetes beside a url is nobody’s wish',
      { REDIS_URL: 'redis://h', REDIS_PORT: 'tcp://10.0.0.11:6379' },
      { host: 'h', port: 6379 },
    ],
    [
      'deadlines',
      { REDIS_COMMAND_TIMEOUT_MS: '250', REDIS_CACHE_TIMEOUT_MS: '50', REDIS_PROTOCOL: '2' },
      { commandTimeoutMs: 250, cacheTimeoutMs: 50, protocol: 2 },
    ],
  ])('takes %s', (_, env, expected) => {
    expect(readRedisEnvironment(env)).toMatchObject(expected);
  });

  it.each<[string, Env, RegExp]>([
    ['url and parts', { REDIS_URL: 'redis://h', REDIS_HOST: 'h' }, /REDIS_URL and REDIS_HOST are both set/],
    [
      'REDIS_PORT from Kubernetes',
      { REDIS_PORT: 'tcp://10.0.0.11:6379' },
      /^REDIS_PORT .*enableServiceLinks/,
    ],
    ['a port out of range', { REDIS_PORT: '70000' }, /^REDIS_PORT: /],
    ['a port in words', { REDIS_PORT: 'six' }, /^REDIS_PORT must be a whole number/],
    ['a raw # in the password', { REDIS_URL: `redis://:${SECRET}#x@h` }, /^REDIS_URL .*percent-encoded/],
    ['a raw % in the password', { REDIS_URL: `redis://:${SECRET}%zz@h` }, /^REDIS_URL .*percent-encoded/],
    ['a raw / in the password', { REDIS_URL: `redis://:${SECRET}/x@h` }, /^REDIS_URL /],
    ['a password without its colon', { REDIS_URL: `redis://${SECRET}@h` }, /^REDIS_URL .*colon before it/],
    ['a REST address', { REDIS_URL: `https://${SECRET}.upstash.io` }, /^REDIS_URL is a REST address/],
    ['another scheme', { REDIS_URL: `valkey://:${SECRET}@h` }, /^REDIS_URL must begin with redis:\/\//],
    ['no scheme', { REDIS_URL: `${SECRET}:6379` }, /^REDIS_URL must begin/],
    ['a database in words', { REDIS_URL: 'redis://h/abc' }, /^REDIS_URL: the database must be a number/],
    ['options of the driver', { REDIS_URL: 'redis://h?enableOfflineQueue=false' }, /^REDIS_URL: only/],
    ['a CA that is none', { REDIS_TLS: 'true', REDIS_TLS_CA: SECRET }, /^REDIS_TLS_CA must be/],
    ['TLS details without TLS', { REDIS_TLS_SERVERNAME: 'x' }, /rediss:\/\/ or REDIS_TLS=true/],
    ['TLS switched off beside rediss://', { REDIS_URL: 'rediss://h', REDIS_TLS: 'false' }, /tls is false/],
    ['a flag that is none', { REDIS_TLS: 'yes' }, /^REDIS_TLS must be true or false/],
    ['a word for near caches', { REDIS_NEAR_CACHE: 'off' }, /^REDIS_NEAR_CACHE must be true or false/],
    ['protocol 4', { REDIS_PROTOCOL: '4' }, /^REDIS_PROTOCOL: /],
    ['a deadline of 0', { REDIS_COMMAND_TIMEOUT_MS: '0' }, /^REDIS_COMMAND_TIMEOUT_MS: /],
    ['a cluster', { REDIS_CLUSTER_NODES: 'a:1,b:2' }, /^REDIS_CLUSTER_NODES is set, but only a standalone/],
    ['production without any', { NODE_ENV: 'production' }, /REDIS_URL nor REDIS_HOST is set/],
  ])('refuses %s', (_, env, expected) => {
    expect(problemsOf(env)).toContainEqual(expect.stringMatching(expected));
  });

  it('names every problem at once', () => {
    expect(problemsOf({ REDIS_PORT: 'x', REDIS_DB: 'y', REDIS_TLS: 'z', REDIS_FAMILY: '5' })).toHaveLength(4);
  });

  it('is loud about an unchecked certificate, and about plain text to a TLS-only host', () => {
    const loud = readRedisEnvironment({ REDIS_URL: 'rediss://h', REDIS_TLS_REJECT_UNAUTHORIZED: 'false' });
    expect(loud.warnings).toEqual([expect.stringContaining('NOT checked')]);
    const plain = readRedisEnvironment({ REDIS_URL: 'redis://:p@eu1.upstash.io' });
    expect(plain.warnings).toEqual([expect.stringContaining('rediss://')]);
  });

  it('holds options to the same rules', () => {
    expect(() => resolveRedisConfig({ url: 'redis://h', host: 'h' })).toThrow(/both given/);
    expect(resolveRedisConfig({ url: 'redis://h:1', keyPrefix: 'a' })).toMatchObject({
      port: 1,
      keyPrefix: 'a:',
    });
  });
});
